"""Every failure of the ECB's service: how it is taken, what a person is told, and what becomes of the rates."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any, NamedTuple

import pytest
import requests

from ingestion.fx_rates.source import _classify
from ingestion.http import Accept, Fatal, LoadStopped, Outcome, Retry, WaitUntil
from ingestion.sandbox.ecb_faults import ECB_FAULTS
from ingestion.sandbox.faults import named
from tests.ingestion.conftest import Trial
from tests.ingestion.test_fx_rates import HISTORY
from warehouse.errors import ConfigurationError

RATES = "/service/data/EXR/"
GOES_ON, KEEPS, STOPS = "as undisturbed", "kept with a warning", "untouched"
NOTHING = "no rate at all between 2026-11-09 and 2026-11-22, earlier rows are kept; check sources.fx_rates.currencies"
REFUSED = "HTTP {}: the ECB does not take this request; check sources.fx_rates.base_url and api_version"
PAGE = "the ECB sent a page in place of rates; check sources.fx_rates.base_url and api_version, or name a history file"


class Case(NamedTuple):
    """A fault that strikes so many times, how each reply is taken, and what is expected of the load."""

    fault: str
    times: int
    kind: type[Outcome]
    words: str
    waits: list[float]
    data: str


FAULTS = [
    Case("ecb.no_data", 1, Accept, NOTHING, [], KEEPS),
    Case("ecb.no_data_json", 1, Accept, NOTHING, [], KEEPS),
    Case("ecb.empty", 1, Accept, NOTHING, [], KEEPS),
    Case("ecb.header_only", 1, Accept, NOTHING, [], KEEPS),
    Case("ecb.cut", 1, Retry, "", [1], GOES_ON),
    Case("ecb.cut", 3, Retry, "gave up after 3 tries: the reply broke off; try again later", [1, 2], STOPS),
    Case("ecb.html", 1, Retry, "", [1], GOES_ON),
    Case("ecb.html", 3, Retry, PAGE, [1, 2], STOPS),
    Case("ecb.server_error", 1, Retry, "", [1], GOES_ON),
    Case("ecb.server_error", 5, Retry, "gave up after 5 tries: HTTP 500; try again later", [1, 2, 4, 8], STOPS),
    Case("ecb.unavailable", 4, Retry, "", [1, 2, 4, 8], GOES_ON),
    Case("ecb.unavailable", 5, Retry, "gave up after 5 tries: HTTP 503; try again later", [1, 2, 4, 8], STOPS),
    Case("any.502", 1, Retry, "", [1], GOES_ON),
    Case("ecb.throttled", 1, WaitUntil, "", [7], GOES_ON),
    Case("ecb.throttled", 99, WaitUntil, "must wait 7 s, more than is left of the budget of 20 s", [7, 7], STOPS),
    Case("ecb.other_columns", 1, Fatal, "the reply has no column 'TIME_PERIOD'; check", [], STOPS),
    Case("ecb.no_number", 1, Accept, "CHF of 2026-11-20 has the rate 'n/a', which is no number", [], STOPS),
    Case("ecb.no_such_address", 1, Fatal, "HTTP 404; check sources.fx_rates.base_url and api_version", [], STOPS),
    *(
        Case(name, 1, Fatal, REFUSED.format(ECB_FAULTS[name].status), [], STOPS)
        for name in ("ecb.syntax", "ecb.not_acceptable", "ecb.blocked", "ecb.not_implemented", "ecb.not_changed")
    ),
]


def rates(trial: Trial) -> list[Any]:
    return trial.rows("select date::varchar, currency_code, rate from raw_fx_rates.ecb_rates order by all")


@pytest.fixture
def read(trial: Trial) -> Trial:
    """A trial of Monday, in whose warehouse stands what was out on Friday at noon."""
    trial.overrides["fx_rates"] = {"wait_budget_seconds": 20}
    trial.control.advance(timedelta(days=-3))
    trial.load("fx_rates", "2026-11-19", "2026-11-22")
    assert rates(trial) == [("2026-11-19", "USD", "1.1650")]
    trial.control.reset()
    return trial


def test_every_fault_of_the_sandbox_has_its_row() -> None:
    assert set(ECB_FAULTS) <= {case.fault for case in FAULTS}


@pytest.mark.parametrize("case", FAULTS, ids=lambda case: f"{case.fault}-{case.times}")
def test_a_failure_of_the_service(read: Trial, case: Case) -> None:
    assert isinstance(_classify(_reply(case.fault)), case.kind)
    before = rates(read)
    read.inject(case.fault, RATES, case.times)
    if case.data == STOPS:
        stop = LoadStopped if case.kind is WaitUntil else ConfigurationError
        with pytest.raises(stop) as told:
            read.load("fx_rates", "2026-11-19", "2026-11-22")
        said = str(told.value)
        assert said.startswith("fx_rates: ")
    else:
        said = " ".join(read.load("fx_rates", "2026-11-19", "2026-11-22").warnings)
    assert case.words in said
    assert "\n" not in said
    assert read.slept == case.waits
    undisturbed = [("2026-11-19", "USD", "1.1650"), ("2026-11-20", "CHF", "0.9310"), ("2026-11-20", "USD", "1.1700")]
    assert rates(read) == (undisturbed if case.data == GOES_ON else before)
    # As if nothing had been, once the service is well again.
    read.control.reset()
    assert read.load("fx_rates", "2026-11-19", "2026-11-22").warnings == ()
    assert rates(read) == undisturbed


@pytest.mark.parametrize(
    ("currencies", "warned"),
    [
        # The service knows none of these, and says nothing of it: it sends the others.
        (
            "USD,XXX",
            ["no rate of XXX between 2026-11-09 and 2026-11-22: the ECB publishes none; mend sources.fx_rates"],
        ),
        ("USD,RUB,XXX", ["no rate of RUB between", "no rate of XXX between"]),
        ("XXX", [NOTHING]),
        # Their last rates were of 2022 and 2025: since then they have a fixed parity, which the models know.
        ("USD,HRK,BGN", []),
    ],
)
def test_a_currency_without_rates_is_named(read: Trial, currencies: str, warned: list[str]) -> None:
    read.overrides["fx_rates"] = {"currencies": currencies}
    warnings = read.load("fx_rates", "2026-11-19", "2026-11-22").warnings
    assert len(warnings) == len(warned)
    assert all(said.startswith(start) for said, start in zip(warnings, warned, strict=True))
    assert ("2026-11-19", "USD", "1.1650") in rates(read)


@pytest.mark.parametrize(
    ("start", "end", "newest"),
    [
        ("2026-04-11", "2026-04-12", "2026-04-10"),  # a week-end
        ("2026-04-04", "2026-04-06", "2026-04-02"),  # Easter: no rate from Good Friday to Monday
        ("2025-12-25", "2025-12-26", "2025-12-24"),  # Christmas
    ],
)
def test_days_without_a_rate_bring_the_last_one_before_them(read: Trial, start: str, end: str, newest: str) -> None:
    read.overrides["fx_rates"] = {"file": str(HISTORY), "currencies": "USD,HRK,BGN"}
    assert read.load("fx_rates", start, end).warnings == ()
    days = [day for day, currency, _ in rates(read) if currency == "USD" and day <= end]
    assert days[-1] == newest
    # The lev has rates until the last day of 2025, the kuna none since 2022.
    assert {currency for day, currency, _ in rates(read) if day <= end} == (
        {"USD"} if newest > "2026-01-10" else {"USD", "BGN"}
    )


def _reply(fault: str) -> requests.Response:
    known, reply = named(fault), requests.Response()
    reply.status_code = known.status
    reply.headers.update(known.headers)
    reply._content = (known.body if isinstance(known.body, str) else json.dumps(known.body)).encode()
    return reply
