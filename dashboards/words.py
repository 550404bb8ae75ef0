"""Numbers, dates and sentences in the language of a page: formats by CLDR, sentences by gettext catalogues.

The digits shown are those of `transform.kpi.format`, which the terminal uses; only separators, currency signs and the
place of a per cent sign are the language's own.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path

from babel import Locale
from babel.dates import format_date, format_datetime, format_interval, format_skeleton
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from babel.numbers import get_currency_symbol

from transform.kpi.format import describe_change, reads_in_points

CATALOGUES = Path(__file__).resolve().parent / "languages"
LOCALES = {"en": "en_GB", "fr": "fr_FR", "it": "it_IT"}
_ONE_DECIMAL = {"seconds": "s", "hours": "h"}


@lru_cache(maxsize=8)
def _catalogue(language: str) -> Catalog:
    """The translations into `language`; English is the language of the source."""
    path = CATALOGUES / f"{language}.po"
    if not path.exists():
        return Catalog(locale=language)
    with path.open("rb") as file:
        return read_po(file, locale=language)


@dataclass(frozen=True)
class Words:
    """How `language` writes things; money is in `currency` (ISO 4217)."""

    language: str
    currency: str

    @property
    def locale(self) -> Locale:
        return _locale(self.language)

    @property
    def tag(self) -> str:
        """The BCP 47 tag for the page and for the browser's own formats."""
        return LOCALES[self.language].replace("_", "-")

    def text(self, message: str, **values: object) -> str:
        """`message` (English) in the page's language; `{name}` in it is filled in. Untranslated it stays English."""
        found = _catalogue(self.language).get(message)
        text = str(found.string) if found and found.string else message
        return text.format(**values) if values else text

    def many(self, count: int, one: str, more: str, **values: object) -> str:
        """`one` for a count of 1, else `more`; `{count}` in either is the number."""
        return self.text(one if count == 1 else more, count=self.whole(count), **values)

    def value(self, value: float | None, unit: str) -> str:
        """A KPI's value in its unit, kept on one line; `n/a` for None."""
        if value is None:
            return self.text("n/a")
        if unit in ("currency", "per_mille_currency"):
            return self.money(value, 2)
        if unit == "ratio":
            return self.percent(value)
        if unit == "multiple":
            return self.decimal(value, 1) + "×"
        if unit == "number":
            return self.decimal(value, 2)
        if unit == "days":
            return self.text("{number} days", number=self.decimal(value, 1)).replace(" ", "\N{NO-BREAK SPACE}")
        if unit == "months":
            number = round(value, 1) + 0.0
            shown = self.decimal(number, 0 if number == int(number) else 1)
            text = self.text("{number} month" if number == 1 else "{number} months", number=shown)
            return text.replace(" ", "\N{NO-BREAK SPACE}")
        if unit in _ONE_DECIMAL:
            return f"{self.decimal(value, 1)}\N{NO-BREAK SPACE}{_ONE_DECIMAL[unit]}"
        return self.whole(value)

    def change(self, value: float | None, earlier: float | None, unit: str, direction: str) -> tuple[str, str, str]:
        """What became of `earlier`: an arrow, the change with its sign, and 'better', 'worse' or ''; all empty for
        nothing to compare. Two shares differ in percentage points, everything else relatively.
        """
        told = describe_change(value, earlier, unit, direction, self.currency)
        if not told.arrow or value is None or earlier is None:
            return "", "", ""
        difference = value - earlier
        if told.arrow == "=":
            return "=", self.text("unchanged"), ""
        if reads_in_points(difference, unit):
            points = self.text("pp")
            text = f"{self.decimal(difference * 100, 1)}\N{NO-BREAK SPACE}{points}"
        elif earlier <= 0:
            text = self.value(difference, unit)
        else:
            text = self.percent(difference / earlier)
        return told.arrow, text if difference < 0 else f"+{text}", told.verdict

    def decimal(self, value: float | None, decimals: int = 0) -> str:
        if value is None:
            return self.text("n/a")
        return f"{round(value, decimals) + 0.0:,.{decimals}f}".translate(_separators(self.language))

    def whole(self, value: float | None) -> str:
        return self.decimal(value, 0)

    def money(self, value: float | None, decimals: int = 0) -> str:
        """An amount with the currency's sign where the language puts it."""
        if value is None:
            return self.text("n/a")
        return _placed(self.language, _money_pattern(self.language, self.currency), value, decimals)

    def percent(self, fraction: float | None, decimals: int | None = None) -> str:
        """0.034 -> 3.4 %. Below one per cent two decimals, or nothing of what happens to a click-through rate shows."""
        if fraction is None:
            return self.text("n/a")
        percent = fraction * 100
        if decimals is None:
            decimals = 2 if 0 < abs(percent) < 1 else 1
        return _placed(self.language, _percent_pattern(self.language), percent, decimals)

    def day(self, day: date) -> str:
        """22 Nov 2026."""
        return _dated(day, "d MMM y", self.language)

    def weekday(self, day: date) -> str:
        """Sun 22 Nov 2026."""
        return _dated(day, "EEE d MMM y", self.language)

    def month(self, day: date, *, short: bool = False) -> str:
        """November 2026, novembre 2026."""
        return _dated(day, "LLL y" if short else "LLLL y", self.language)

    def moment(self, moment: datetime) -> str:
        """23 Nov 2026, 08:00 UTC."""
        return format_datetime(moment, "d MMM y, HH:mm", tzinfo=moment.tzinfo, locale=self.locale) + " UTC"

    def period(self, grain: str, start: date, end: date) -> str:
        """A period as people say it: a day, the days of a week, a month."""
        if grain == "day":
            return self.weekday(start)
        if grain == "month":
            return self.month(start)
        return self.days(start, end)

    def days(self, start: date, end: date) -> str:
        """16–22 Nov 2026."""
        return _spanned(start, end, self.language)


@lru_cache(maxsize=8)
def _locale(language: str) -> Locale:
    return Locale.parse(LOCALES[language])


@lru_cache(maxsize=8)
def _separators(language: str) -> dict[int, str]:
    symbols = _locale(language).number_symbols["latn"]
    return str.maketrans({",": symbols["group"], ".": symbols["decimal"]})


@lru_cache(maxsize=32)
def _money_pattern(language: str, currency: str) -> tuple[str, str]:
    pattern = _locale(language).currency_formats["standard"]
    symbol = get_currency_symbol(currency, locale=_locale(language))
    # A code of letters keeps its distance from the number (CLDR: currencySpacing).
    gap = "\N{NO-BREAK SPACE}" if symbol[-1].isalpha() and not pattern.prefix[0][-1:].isspace() else ""
    before = pattern.prefix[0].replace("¤", symbol + gap)
    return before, pattern.suffix[0].replace("¤", symbol)


@lru_cache(maxsize=8)
def _percent_pattern(language: str) -> tuple[str, str]:
    pattern = _locale(language).percent_formats[None]
    return pattern.prefix[0], pattern.suffix[0]


def _placed(language: str, pattern: tuple[str, str], value: float, decimals: int) -> str:
    number = round(value, decimals) + 0.0
    digits = f"{abs(number):,.{decimals}f}".translate(_separators(language))
    return f"{'-' if number < 0 else ''}{pattern[0]}{digits}{pattern[1]}"


@lru_cache(maxsize=8192)
def _dated(day: date, pattern: str, language: str) -> str:
    return format_date(day, pattern, locale=_locale(language))


@lru_cache(maxsize=2048)
def _spanned(start: date, end: date, language: str) -> str:
    if start == end:
        return _dated(start, "d MMM y", language)
    text: str = format_interval(start, end, "yMMMd", locale=_locale(language))
    return text.replace("\N{THIN SPACE}", "")


def names_of_months(language: str) -> list[str]:
    """January to December in short, for the axes of charts."""
    return [format_skeleton("MMM", date(2026, month, 1), locale=_locale(language)) for month in range(1, 13)]
