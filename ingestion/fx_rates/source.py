"""Euro reference rates of the European Central Bank: from its data service, or from its history file."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import dlt
import requests

from ingestion.context import LoadContext, Verdict
from ingestion.http import Accept, Fatal, Outcome, Retry, classify_by_status
from ingestion.spec import Window
from warehouse.errors import ConfigurationError
from warehouse.layout import DBT_PROJECT

Row = dict[str, Any]
DEFAULT_CURRENCIES = "USD,CHF,GBP,AUD,CAD,SEK,NOK,DKK,PLN,CZK,HUF,JPY"
# The longest gap between two rates is Easter with four days; a window that starts inside one needs the rate before it.
DAYS_BEFORE = 10
_NO_RATE = ("", "N/A", "NaN")
_MEND = "check sources.fx_rates.base_url and api_version, or name a history file as sources.fx_rates.file"
_COLUMNS = ("TIME_PERIOD", "CURRENCY", "OBS_VALUE")
_RATE = re.compile(r"\d{1,9}(\.\d+)?", re.ASCII)
# From the day on which its country joined the euro, a currency has no rate but a fixed parity, which the models know.
PARITIES = DBT_PROJECT / "seeds" / "euro_parities.csv"


def resources(context: LoadContext) -> list[Any]:
    """The dlt resource of one load."""

    def ecb_rates() -> Iterator[list[Row]]:
        if context.window is None:
            raise ValueError("this load has no window")
        today = context.today(context.spec.time_zone_rule)
        # Today's rate is final as soon as it is out, so unlike other sources this one reads the day under way.
        end = min(context.window.end, today)
        if end < context.window.start:
            return
        window = Window(context.window.start - timedelta(days=DAYS_BEFORE), end)
        rows = _read(context, window)
        if not rows:
            # Ten days hold a TARGET day, so it is not the days that are empty: what was published once stays true.
            context.warn(
                f"no rate at all between {window.start} and {window.end}, earlier rows are kept; "
                "check sources.fx_rates.currencies"
            )
            return
        for code in _absent(context, window, rows):
            context.warn(
                f"no rate of {code} between {window.start} and {window.end}: the ECB publishes none; "
                "mend sources.fx_rates.currencies, or take it out there"
            )
        yield rows
        context.covered("ecb_rates", window=window)

    return [dlt.resource(ecb_rates(), name="ecb_rates")]


def verdicts(context: LoadContext) -> list[Verdict]:
    """Reads the rates of the last ten days."""
    today = context.today(context.spec.time_zone_rule)
    window = Window(today - timedelta(days=DAYS_BEFORE), today)
    try:
        rows = _read(context, window)
    except ConfigurationError as error:
        return [Verdict(False, "ECB rates", str(error))]
    if absent := _absent(context, window, rows):
        seen = f"no rate of {', '.join(absent)} since {window.start}"
        return [Verdict(False, "ECB rates", seen, "check sources.fx_rates.currencies")]
    return [Verdict(True, "ECB rates", f"newest rate of {max(str(row['date']) for row in rows)}")]


def currencies(context: LoadContext) -> list[str]:
    """The currencies of the settings, without the euro. Raises ConfigurationError for what is no ISO code."""
    value = context.settings.get("currencies", DEFAULT_CURRENCIES)
    parts = value if isinstance(value, list) else str(value).split(",")
    codes = [str(part).strip().upper() for part in parts]
    wrong = [code for code in codes if not (len(code) == 3 and code.isascii() and code.isalpha())]
    if wrong:
        raise ConfigurationError(
            f"config/local.toml: sources.fx_rates.currencies = {wrong[0]!r}: is no ISO 4217 code such as USD"
        )
    return [code for code in dict.fromkeys(codes) if code != "EUR"]


def _read(context: LoadContext, window: Window) -> list[Row]:
    path = context.settings.get("file")
    return _from_file(context, Path(str(path)), window) if path else _from_service(context, window)


def _absent(context: LoadContext, window: Window, rows: list[Row]) -> list[str]:
    """The currencies of the settings that should have had a rate in these days, and had none."""
    found = {row["currency_code"] for row in rows}
    joined = joined_the_euro()
    return [code for code in currencies(context) if code not in found and window.end < joined.get(code, date.max)]


def joined_the_euro() -> dict[str, date]:
    """The first day of the euro in place of each currency that it replaced."""
    with PARITIES.open(encoding="utf-8", newline="") as file:
        return {line["currency_code"]: date.fromisoformat(line["euro_since"]) for line in csv.DictReader(file)}


def _from_service(context: LoadContext, window: Window) -> list[Row]:
    version = context.setting("api_version")
    response = context.http(_classify).get(
        f"{version}/data/EXR/D.{'+'.join(currencies(context))}.EUR.SP00.A",
        params={
            "startPeriod": str(window.start),
            "endPeriod": str(window.end),
            "format": "csvdata",
            "detail": "dataonly",  # without the attributes, which are three quarters of ten years
        },
    )
    # No rate in the whole window is a 404, or an empty body.
    text = response.text if response.status_code < 400 else ""
    rows = [
        {"date": line["TIME_PERIOD"], "currency_code": line["CURRENCY"], "rate": line["OBS_VALUE"]}
        for line in csv.DictReader(io.StringIO(text))
        if line["OBS_VALUE"] not in _NO_RATE
    ]
    for row in rows:
        if not _RATE.fullmatch(row["rate"]):
            raise ConfigurationError(
                f"fx_rates: {row['currency_code']} of {row['date']} has the rate {row['rate']!r}, which is no number; "
                "nothing was kept, try again later"
            )
    context.note_request("ecb_rates", None, window, rows=len(rows), api_version=version)
    return rows


def _from_file(context: LoadContext, path: Path, window: Window) -> list[Row]:
    """The ECB's eurofxref-hist.csv: a column a currency, newest day first, and a comma too many at each line's end."""
    wanted = currencies(context)
    try:
        with path.expanduser().open(encoding="utf-8-sig", newline="") as file:
            lines = csv.DictReader(file)
            known = [code for code in wanted if code in (lines.fieldnames or ())]
            rows = [
                {"date": day, "currency_code": code, "rate": line[code].strip()}
                for line in lines
                if window.start <= (day := date.fromisoformat(line["Date"])) <= window.end
                for code in known
                if line[code].strip() not in _NO_RATE
            ]
    except (OSError, UnicodeDecodeError, KeyError, ValueError, AttributeError, csv.Error) as error:
        raise ConfigurationError(
            f"{path}: cannot be read as eurofxref-hist.csv ({type(error).__name__}); check sources.fx_rates.file, "
            "or leave it empty to ask the ECB's service"
        ) from None
    context.note_request("ecb_rates", None, window, rows=len(rows), metadata={"file": path.name})
    return rows


def _classify(response: requests.Response) -> Outcome:
    status, text = response.status_code, response.text.strip()
    if status == 404:
        is_empty = "no results" in text.lower() or not text
        return Accept() if is_empty else Fatal("HTTP 404; check sources.fx_rates.base_url and api_version")
    if status in (304, 501) or (400 <= status < 500 and status not in (408, 429)):
        return Fatal(f"HTTP {status}: the ECB does not take this request; {_MEND}")
    if status != 200:
        return classify_by_status(response)
    return _meaning_of(text)


def _meaning_of(text: str) -> Outcome:
    """Whether a reply of status 200 holds rates to its end. On a day without any, the service sends nothing at all."""
    if text.startswith("<"):
        return Retry(f"the ECB sent a page in place of rates; {_MEND}", attempts=3)
    header, last = text.partition("\n")[0], text.rpartition("\n")[2]
    if missing := [name for name in _COLUMNS if text and name not in header.strip().split(",")]:
        return Fatal(f"the reply has no column {missing[0]!r}; {_MEND}")
    if last.count(",") != header.count(","):
        return Retry("the reply broke off", attempts=3)
    return Accept()
