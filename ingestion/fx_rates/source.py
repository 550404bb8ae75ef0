"""Euro reference rates of the European Central Bank: from its data service, or from its history file."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import dlt
import requests

from ingestion.context import LoadContext, Verdict
from ingestion.http import Accept, Fatal, Outcome, classify_by_status
from ingestion.spec import Window
from warehouse.errors import ConfigurationError

Row = dict[str, Any]
DEFAULT_CURRENCIES = "USD,CHF,GBP,AUD,CAD,SEK,NOK,DKK,PLN,CZK,HUF,JPY"
# The longest gap between two rates is Easter with four days; a window that starts inside one needs the rate before it.
DAYS_BEFORE = 10
_NO_RATE = ("", "N/A", "NaN")


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
        path = context.settings.get("file")
        yield _from_file(context, Path(str(path)), window) if path else _from_service(context, window)
        context.covered("ecb_rates", window=window)

    return [dlt.resource(ecb_rates(), name="ecb_rates")]


def verdicts(context: LoadContext) -> list[Verdict]:
    """Reads the rates of the last ten days."""
    today = context.today(context.spec.time_zone_rule)
    window = Window(today - timedelta(days=DAYS_BEFORE), today)
    path = context.settings.get("file")
    try:
        rows = _from_file(context, Path(str(path)), window) if path else _from_service(context, window)
    except ConfigurationError as error:
        return [Verdict(False, "ECB rates", str(error))]
    days = [str(row["date"]) for row in rows]
    if not days:
        return [Verdict(False, "ECB rates", f"no rate since {window.start}", "check sources.fx_rates.currencies")]
    return [Verdict(True, "ECB rates", f"newest rate of {max(days)}")]


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
    try:
        rows = [
            {"date": line["TIME_PERIOD"], "currency_code": line["CURRENCY"], "rate": line["OBS_VALUE"]}
            for line in csv.DictReader(io.StringIO(text))
            if line["OBS_VALUE"] not in _NO_RATE
        ]
    except KeyError as error:
        raise ConfigurationError(
            f"fx_rates: the reply has no column {error}; check sources.fx_rates.base_url"
        ) from None
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
    if response.status_code == 404:
        is_empty = "no results" in response.text.lower() or not response.text.strip()
        return Accept() if is_empty else Fatal("HTTP 404; check sources.fx_rates.base_url and api_version")
    return classify_by_status(response)
