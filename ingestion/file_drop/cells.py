"""What one cell of a spreadsheet may say: each check returns the value to store or says why it is refused."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

Value = str | int | bool | date | datetime
Check = Callable[[str, ZoneInfo], Value]

# The euro and every currency that the ECB has published a reference rate for: others could not be converted anyway.
_ECB = (
    "USD JPY BGN CYP CZK DKK EEK GBP HUF LTL LVL MTL PLN ROL RON SEK SIT SKK CHF ISK NOK HRK RUB TRL TRY AUD BRL CAD "
    "CNY HKD IDR ILS INR KRW MXN MYR NZD PHP SGD THB ZAR"
)
CURRENCIES = frozenset({"EUR", *_ECB.split()})

EARLIEST_YEAR = 1990
LATEST_YEAR = 2099

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_MONTH = re.compile(r"(\d{4}-\d{2})(-01)?", re.ASCII)
_PERIOD = re.compile(r"(\d{4}-\d{2}-\d{2})\s*/\s*(\d{4}-\d{2}-\d{2})", re.ASCII)
# Twelve digits before the point are what DECIMAL(18,6) holds.
_AMOUNT = re.compile(r"[+-]?\d{1,12}(\.\d+)?", re.ASCII)
_COUNT = re.compile(r"\d{1,18}", re.ASCII)
_EMAIL = re.compile(r"[^@\s,;<>\"]+@[^@\s,;<>\"]+\.[^@\s,;<>\".]{2,}")

_TRUE = frozenset({"true", "t", "yes", "y", "1", "won", "wahr", "ja", "vrai", "oui", "vero", "si", "sì"})
_FALSE = frozenset({"false", "f", "no", "n", "0", "lost", "open", "falsch", "nein", "faux", "non", "falso"})


class RefusedCell(Exception):
    """A cell that cannot be taken as it is; the text says what it is and how to mend it."""


def text(value: str, zone: ZoneInfo) -> str:
    """Any text."""
    return value


def day(value: str, zone: ZoneInfo) -> date:
    """A day, `2026-11-23`. Raises RefusedCell."""
    return _day(value)


@lru_cache(maxsize=8192)
def _day(value: str) -> date:
    if period := _PERIOD.fullmatch(value):
        start, end = (_day(part) for part in period.groups())
        if end < start:
            raise RefusedCell(
                "is a period that ends before it starts; find out the day and write it, such as 2026-11-23"
            )
        raise RefusedCell(f"is a period of {(end - start).days + 1} days; write one row a day, such as 2026-11-23")
    if not _DAY.fullmatch(value):
        raise RefusedCell("is no ISO date; write one such as 2026-11-23")
    try:
        parsed = date.fromisoformat(value)
    except ValueError:
        raise RefusedCell("is a day that no calendar has; write one such as 2026-11-23") from None
    return _plausible(parsed)


def month(value: str, zone: ZoneInfo) -> date:
    """A month, `2026-11` or `2026-11-01`, as its first day. Raises RefusedCell."""
    matched = _MONTH.fullmatch(value)
    if not matched:
        raise RefusedCell("is no month; write one such as 2026-11")
    return _day(f"{matched[1]}-01")


def moment(value: str, zone: ZoneInfo) -> datetime:
    """A moment in UTC: an ISO timestamp, or a day, which means its midnight; without an offset `zone` counts.

    Raises RefusedCell.
    """
    return _moment(value, zone)


@lru_cache(maxsize=8192)
def _moment(value: str, zone: ZoneInfo) -> datetime:
    if not _DAY.match(value):
        raise RefusedCell("is no ISO timestamp; write one such as 2026-11-23T08:30:00+01:00")
    try:
        parsed = datetime.fromisoformat(value)
    except ValueError:
        raise RefusedCell("is no ISO timestamp; write one such as 2026-11-23T08:30:00+01:00") from None
    _plausible(parsed.date())
    return parsed.replace(tzinfo=parsed.tzinfo or zone).astimezone(UTC)


def _plausible(parsed: date) -> date:
    if not EARLIEST_YEAR <= parsed.year <= LATEST_YEAR:
        raise RefusedCell(f"has the year {parsed.year}, which no business has data of; mend the year")
    return parsed


def amount(value: str, zone: ZoneInfo) -> str:
    """An amount of money as written, zero or more. Raises RefusedCell."""
    if signed_amount(value, zone).startswith("-") and Decimal(value) != 0:
        raise RefusedCell("is negative; lower the amount that it corrects instead")
    return value


def signed_amount(value: str, zone: ZoneInfo) -> str:
    """An amount of money as written, of either sign. Raises RefusedCell."""
    if not _AMOUNT.fullmatch(value):
        raise RefusedCell("is no amount; write digits with a decimal point and no other sign, such as 1234.56")
    return value


def count(value: str, zone: ZoneInfo) -> str:
    """A whole number as written, zero or more. Raises RefusedCell."""
    if not _COUNT.fullmatch(value):
        raise RefusedCell("is no whole number; write digits only, such as 1200")
    return value


def score(value: str, zone: ZoneInfo) -> int:
    """An answer from 0 to 10. Raises RefusedCell."""
    if not _COUNT.fullmatch(value) or int(value) > 10:
        raise RefusedCell("is no score; write a whole number from 0 to 10")
    return int(value)


def currency(value: str, zone: ZoneInfo) -> str:
    """An ISO 4217 code in capitals. Raises RefusedCell."""
    if value.upper() not in CURRENCIES:
        raise RefusedCell("is no currency that the ECB has a rate for; write its ISO 4217 code, such as EUR")
    return value.upper()


def boolean(value: str, zone: ZoneInfo) -> bool:
    """Yes or no, in the words that spreadsheets write. Raises RefusedCell."""
    word = value.lower()
    if word in _TRUE:
        return True
    if word in _FALSE:
        return False
    raise RefusedCell("is neither yes nor no; write true or false")


def email(value: str, zone: ZoneInfo) -> str:
    """One e-mail address. A placeholder would make one person of many, so it is refused. Raises RefusedCell."""
    if not _EMAIL.fullmatch(value):
        raise RefusedCell("is no e-mail address; write one, or leave the field empty")
    return value
