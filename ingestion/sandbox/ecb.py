"""The ECB's SDMX service for euro reference rates, as CSV.

Served: `GET /service/data/EXR/D.<CUR>[+<CUR>...].EUR.SP00.A` with `startPeriod`, `endPeriod`, `lastNObservations`,
`detail=dataonly` and `format=csvdata`. A day's rate exists from 15:00 UTC (16:00 CET) on; an answer without a single
observation is a 404, as with the real service: an unknown currency and a week-end look the same.
"""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ingestion.sandbox.ecb_faults import sdmx_error
from ingestion.sandbox.model import World

if TYPE_CHECKING:
    from ingestion.sandbox.control import Control

PUBLISHED_AT = time(15, tzinfo=UTC)
DATA_COLUMNS = ["KEY", "FREQ", "CURRENCY", "CURRENCY_DENOM", "EXR_TYPE", "EXR_SUFFIX", "TIME_PERIOD", "OBS_VALUE"]
ATTRIBUTE_COLUMNS = [
    "OBS_STATUS",
    "OBS_CONF",
    "OBS_PRE_BREAK",
    "OBS_COM",
    "TIME_FORMAT",
    "BREAKS",
    "COLLECTION",
    "COMPILING_ORG",
    "DISS_ORG",
    "DOM_SER_IDS",
    "PUBL_ECB",
    "PUBL_MU",
    "PUBL_PUBLIC",
    "UNIT_INDEX_BASE",
    "COMPILATION",
    "COVERAGE",
    "DECIMALS",
    "NAT_TITLE",
    "SOURCE_AGENCY",
    "SOURCE_PUB",
    "TITLE",
    "TITLE_COMPL",
    "UNIT",
    "UNIT_MULT",
]
_NAMES = {"USD": "US dollar", "CHF": "Swiss franc", "GBP": "UK pound sterling"}


def routes(world: World, control: Control) -> list[Route]:
    """The service's routes over `world.fx_rates`, as published at `control.now`."""
    series: dict[str, list[tuple[date, Decimal]]] = {}
    for (day, currency), rate in sorted(world.fx_rates.items()):
        series.setdefault(currency, []).append((day, rate))

    def observations(request: Request) -> Response:
        query = request.query_params
        try:
            since = _period(query.get("startPeriod"), date.min)
            until = _period(query.get("endPeriod"), date.max)
            newest = int(query["lastNObservations"]) if "lastNObservations" in query else None
        except ValueError as error:
            return _problem(400, 140, f"Invalid parameter: {error}")
        dimensions = request.path_params["key"].split(".")
        if len(dimensions) != 5:
            return _problem(400, 140, f"Not enough or too many dimensions in the key: {request.path_params['key']}")
        if query.get("format", "") != "csvdata" and "csv" not in request.headers.get("accept", ""):
            return _problem(406, 406, "The sandbox serves format=csvdata only")
        wanted = sorted(series) if not dimensions[1] else sorted(set(dimensions[1].split("+")) & series.keys())
        if not all(
            _selects(key, value) for key, value in zip(dimensions, ("D", None, "EUR", "SP00", "A"), strict=True)
        ):
            wanted = []
        found: list[tuple[str, date, Decimal]] = []
        for currency in wanted:
            rates = [
                (day, rate) for day, rate in series[currency] if since <= day <= until and _is_out(day, control.now)
            ]
            found += [(currency, day, rate) for day, rate in (rates[-newest:] if newest else rates)]
        if not found:
            return _problem(404, 100, "No results found.")
        return _csv(found, data_only=query.get("detail") == "dataonly")

    return [Route("/service/data/EXR/{key}", observations, methods=["GET"])]


def _period(text: str | None, default: date) -> date:
    return date.fromisoformat(text) if text else default


def _selects(key: str, value: str | None) -> bool:
    """Whether a key's dimension (empty for all, values joined by `+`) covers `value`."""
    return value is None or not key or value in key.split("+")


def _is_out(day: date, now: datetime) -> bool:
    return datetime.combine(day, PUBLISHED_AT) <= now


def _problem(status: int, code: int, message: str) -> Response:
    return Response(sdmx_error(code, message), status, media_type="application/xml")


def _csv(found: list[tuple[str, date, Decimal]], *, data_only: bool) -> Response:
    columns = DATA_COLUMNS if data_only else DATA_COLUMNS + ATTRIBUTE_COLUMNS
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, restval="", extrasaction="ignore", lineterminator="\r\n")
    writer.writeheader()
    for currency, day, rate in found:
        name = f"{_NAMES.get(currency, currency)}/Euro"
        writer.writerow(
            {
                "KEY": f"EXR.D.{currency}.EUR.SP00.A",
                "FREQ": "D",
                "CURRENCY": currency,
                "CURRENCY_DENOM": "EUR",
                "EXR_TYPE": "SP00",
                "EXR_SUFFIX": "A",
                "TIME_PERIOD": day.isoformat(),
                "OBS_VALUE": format(rate, "f"),
                "OBS_STATUS": "A",
                "OBS_CONF": "F",
                "TIME_FORMAT": "P1D",
                "COLLECTION": "A",
                "DECIMALS": "4",
                "SOURCE_AGENCY": "4F0",
                "TITLE": name,
                "TITLE_COMPL": f"ECB reference exchange rate, {name}, 2.15 pm (C.E.T.)",
                "UNIT": currency,
                "UNIT_MULT": "0",
            }
        )
    return Response(text.getvalue(), media_type="application/vnd.sdmx.data+csv;version=1.0.0")
