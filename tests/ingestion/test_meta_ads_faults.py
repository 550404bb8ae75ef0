"""Every failure that Meta documents: how it is taken, what a person is told, and what becomes of the data."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
import requests
from dlt.extract.exceptions import ResourceExtractionError

from ingestion import catalog, pipeline
from ingestion.context import LoadContext
from ingestion.http import Accept, Fatal, LoadStopped, Outcome, Reduce, Retry, SkipEntity, WaitUntil
from ingestion.meta_ads.errors import classify, classify_run, refused_field
from ingestion.meta_ads.source import resources
from ingestion.sandbox.faults import named
from ingestion.sandbox.meta_faults import META_FAULTS
from ingestion.spec import Window
from tests.ingestion.conftest import Known, KnownLoads, Trial, content
from tests.ingestion.sandbox.tiny import META
from warehouse.errors import ConfigurationError

ACCOUNT = rf"/act_{META}$"
EDGE = rf"/act_{META}/adsets$"
INSIGHTS = rf"/act_{META}/insights$"
RUN = r"/v26\.0/\d+$"
RUN_INSIGHTS = r"/v26\.0/\d+/insights$"
MANY = 999
DAYS = ("2026-11-20", "2026-11-22")
MINUTE = "must wait 60 s, more than is left of the budget of 50 s; try again after"
NEW_TOKEN = "make a new token for the system user in Business settings and put it in .dlt/secrets.toml"

PASSING = "gave up after 5 tries: a passing failure"
NO_PERMISSION = "no permission (code {}); give the system user ads_read on this ad account"
VERSION = "the API version has ended; raise sources.meta_ads.api_version"
INVALID = "code 100, subcode 0: (#100) Param time_increment must be valid"

# What a reply is taken for; of "again" the reply is good, and what it tells of the run has it started anew.
KINDS: dict[str, type[Outcome]] = {
    "retry": Retry,
    "again": Accept,
    "wait-until": WaitUntil,
    "split": Reduce,
    "fatal": Fatal,
    "skip-entity": SkipEntity,
    "drop-field": SkipEntity,
}

Data = dict[str, list[dict[str, Any]]]


@dataclass(frozen=True)
class Row:
    """A fault that strikes `place`: once, it is waited for as `waits` tells; again and again, `message` is told."""

    fault: str
    place: str
    kind: str
    waits: tuple[float, ...] = ()
    message: str = ""


LIMITS = (
    "throttle_4", "throttle_4_insights", "throttle_17", "throttle_32", "throttle_341", "throttle_368", "throttle_613",
    "throttle_613_account", "business_80000", "business_80001", "business_80002", "business_80003", "business_80004",
    "business_80005", "business_80006", "business_80008", "business_80009", "business_80014",
)  # fmt: skip
ROWS = (
    *(Row(f"meta.{name}", INSIGHTS, "wait-until", (60,), "rate limit (code ") for name in LIMITS),
    Row("meta.business_80000", RUN, "wait-until", (60,), MINUTE),
    Row("meta.business_80000", EDGE, "wait-until", (60,), MINUTE),
    Row("meta.unknown_1", INSIGHTS, "retry", (1,), f"{PASSING} (code 1); try again later"),
    Row("meta.unknown_99", INSIGHTS, "retry", (1,), f"{PASSING} (code 1)"),
    Row("meta.temporary_2", INSIGHTS, "retry", (1,), f"{PASSING} (code 2)"),
    Row("meta.temporary_2", RUN, "retry", (1,), f"{PASSING} (code 2)"),
    Row("any.500", INSIGHTS, "retry", (1,), "gave up after 5 tries: HTTP 500"),
    Row("any.502", EDGE, "retry", (1,), "gave up after 5 tries: HTTP 502"),
    Row("any.503", ACCOUNT, "retry", (1,), "gave up after 5 tries: HTTP 503"),
    Row("meta.cut", INSIGHTS, "retry", (1,), f"{PASSING} (code 2)"),
    # The second wait of the request: the first run of all is not ready for a second anyway.
    Row("meta.cut", RUN_INSIGHTS, "retry", (2,), f"{PASSING} (code 2)"),
    Row("meta.not_ready", RUN_INSIGHTS, "retry", (2,), f"{PASSING} (code 2637)"),
    Row("meta.run_unknown", RUN, "retry", (1,), "gave up after 5 tries: the report run cannot be seen yet"),
    Row("meta.run_running", RUN, "again", (), "the report run is still 'Job Running' at 42 % after"),
    Row("meta.run_skipped", RUN, "again", (), "ended 3 times with 'Job Skipped'; try again later"),
    Row("meta.run_failed", RUN, "again", (), "ended 3 times with 'Job Failed'; try again later"),
    Row("meta.run_failed_passing", RUN, "again", (), "ended 3 times with code 2: An unexpected error has occurred."),
    Row("meta.reduce_data", INSIGHTS, "split", (), "too much data for one reply"),
    Row("meta.reduce_data", EDGE, "split", (), "too much data for one reply"),
    Row("meta.reduce_data", RUN_INSIGHTS, "split", (), "one day of one field of ad 3112 is too much data for Meta"),
    Row("meta.too_much_data", INSIGHTS, "split", (), "too much data for one reply"),
    Row("meta.run_failed_too_much", RUN, "split", (), "one day of one field of ad 3112 is too much data for Meta"),
    Row("meta.token_expired", INSIGHTS, "fatal", (), f"the token has expired; {NEW_TOKEN}"),
    Row("meta.token_password", ACCOUNT, "fatal", (), f"the password was changed; {NEW_TOKEN}"),
    Row("meta.token_invalid", EDGE, "fatal", (), f"the token is invalid; {NEW_TOKEN}"),
    Row("meta.session_102", RUN, "fatal", (), f"the access token was refused; {NEW_TOKEN}"),
    Row("meta.deprecated_version", INSIGHTS, "fatal", (), VERSION),
    Row("meta.too_old", INSIGHTS, "fatal", (), "days before the last 37 months are not kept; start later"),
    Row("meta.invalid_parameter", INSIGHTS, "fatal", (), INVALID),
    Row("meta.run_unknown", ACCOUNT, "fatal", (), "no such ad account, or the token may not see it; check"),
    *(
        Row(f"meta.permission_{code}", place, "skip-entity", (), NO_PERMISSION.format(code))
        for code, place in ((3, ACCOUNT), (10, INSIGHTS), (200, ACCOUNT), (294, INSIGHTS))
    ),
    Row("meta.run_failed_permission", RUN, "skip-entity", (), NO_PERMISSION.format(200)),
    Row("meta.field_without_permission", EDGE, "drop-field", (), "field attribution_spec is refused (code 10)"),
    Row("meta.field_unknown", EDGE, "drop-field", (), "field attribution_spec is refused (code 100)"),
)  # fmt: skip


@dataclass
class Reading:
    """What one reading of the source gave, and the context that it told."""

    data: Data
    context: LoadContext
    waits: tuple[float, ...]


@pytest.fixture
def read(trial: Trial) -> Any:
    """Read all tables over HTTP, without a warehouse, which has tests of its own."""

    def read_all(**settings: str) -> Reading:
        trial.overrides["meta_ads"] = {"poll_seconds": "0.001", "run_timeout_seconds": "0.02", **settings}
        slept: list[float] = []
        context = pipeline.open_context(
            catalog.get("meta_ads"),
            settings=trial.settings(),
            as_of=trial.control.now,
            window=Window(date(2026, 11, 20), date(2026, 11, 21)),
            sleep=slept.append,
        )
        try:
            # A report that was split comes in another order.
            data = {resource.name: sorted(resource, key=json.dumps) for resource in resources(context)}
        except ResourceExtractionError as failure:
            raise failure.__cause__ or failure from None
        # The first run of all is not ready for a second; the pauses between two looks at a run are no waits.
        waits = [seconds for seconds in slept if seconds >= 1]
        waits.remove(1)
        return Reading(data, context, tuple(waits))

    return read_all


def begin(trial: Trial, known: KnownLoads) -> Known:
    """Take the trial to a home of two days ago."""
    found = known(trial, "meta_ads", DAYS[0])
    trial.overrides["meta_ads"] = {"poll_seconds": "0.001"}
    trial.home = trial.home / "home"
    shutil.copytree(found.home, trial.home)
    return found


_first: list[Reading] = []


@pytest.fixture
def undisturbed(trial: Trial, read: Any) -> Reading:
    """What the sandbox gives when nothing strikes, read once for all tests."""
    if not _first:
        _first.append(read())
        trial.control.reset()
    return _first[0]


def test_every_fault_of_the_sandbox_has_its_row() -> None:
    assert set(META_FAULTS) <= {row.fault for row in ROWS}


@pytest.mark.parametrize(
    "row", [row for row in ROWS if row.kind in ("retry", "again", "wait-until", "split")], ids=lambda row: row.fault
)
def test_what_passes_leaves_the_data_as_undisturbed_and_what_stays_is_told(
    trial: Trial, read: Any, undisturbed: Reading, row: Row
) -> None:
    trial.inject(row.fault, row.place)
    disturbed = read()
    assert trial.control.faults == []
    assert disturbed.data == undisturbed.data
    assert disturbed.context.coverage == undisturbed.context.coverage
    assert disturbed.waits == row.waits
    assert disturbed.context.warnings == []
    trial.control.reset()
    trial.inject(row.fault, row.place, times=MANY)
    expected = LoadStopped if row.kind == "wait-until" else ConfigurationError
    with pytest.raises(expected) as told:
        read(wait_budget_seconds="50")
    assert row.message in str(told.value)
    assert str(told.value).startswith(f"meta_ads: account {META}: ")
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.fault} {row.place}")
def test_every_fault_is_taken_for_what_it_is(row: Row) -> None:
    fault, reply = named(row.fault), requests.Response()
    reply.status_code, reply.headers = fault.status, requests.structures.CaseInsensitiveDict(fault.headers)
    reply._content = (fault.body if isinstance(fault.body, str) else json.dumps(fault.body)).encode()
    outcome = (classify_run if row.place == RUN else classify)(reply)
    assert type(outcome) is KINDS[row.kind]
    field = refused_field(outcome.reason) if isinstance(outcome, SkipEntity) else None
    assert (field is not None) == (row.kind == "drop-field")


@pytest.mark.parametrize(
    "row", [row for row in ROWS if row.kind in ("fatal", "skip-entity")], ids=lambda row: row.fault
)
def test_what_a_person_must_mend_is_one_line_at_the_first_reply_and_changes_nothing(
    trial: Trial, known: KnownLoads, row: Row
) -> None:
    loads = begin(trial, known)
    trial.inject(row.fault, row.place)
    with pytest.raises(ConfigurationError) as told:
        trial.load("meta_ads", *DAYS)
    assert str(told.value).startswith(f"meta_ads: account {META}: {row.message}")
    assert "\n" not in str(told.value)
    assert content(trial, "meta_ads") == loads.before != loads.after


@pytest.mark.parametrize("row", [row for row in ROWS if row.kind == "drop-field"], ids=lambda row: row.fault)
def test_a_field_that_is_refused_is_left_out_with_a_warning(
    trial: Trial, read: Any, undisturbed: Reading, row: Row
) -> None:
    trial.inject(row.fault, row.place)
    disturbed = read()
    assert disturbed.data == undisturbed.data | {
        "ad_sets": [node | {"attribution_spec": None} for node in undisturbed.data["ad_sets"]]
    }
    (warning,) = disturbed.context.warnings
    assert warning.startswith(f"account {META}: ad_sets.attribution_spec is empty: {row.message}")


def test_a_list_that_may_not_be_read_is_left_as_it_was_and_the_rest_is_read(trial: Trial, read: Any) -> None:
    trial.inject("meta.permission_200", r"/adcreatives$", times=MANY)
    reading = read()
    assert reading.data["creatives"] == []
    assert len(reading.data["ad_daily"]) == 8
    assert "creatives" not in {entry.table for entry in reading.context.coverage}
    (warning,) = reading.context.warnings
    assert warning.startswith(f"account {META}: creatives was left as it was: no permission (code 200)")


def test_an_account_without_permission_is_skipped_and_the_others_are_read(trial: Trial, read: Any) -> None:
    trial.inject("meta.permission_200", r"/act_77$")
    reading = read(account_ids=f"77,{META}")
    assert len(reading.data["ad_daily"]) == 8
    (warning,) = reading.context.warnings
    assert warning.startswith("account 77 was skipped, its earlier rows are kept: no permission (code 200)")


@pytest.mark.parametrize(
    ("fault", "place", "skip"),
    [
        ("meta.token_expired", RUN, 9),
        ("meta.permission_200", INSIGHTS, 4),
        ("meta.run_failed_too_much", RUN, 3),
        ("meta.temporary_2", RUN_INSIGHTS, 2),
    ],
)
def test_a_load_that_stops_half_way_leaves_the_warehouse_as_it_was(
    trial: Trial, known: KnownLoads, fault: str, place: str, skip: int
) -> None:
    loads = begin(trial, known)
    trial.inject(fault, place, times=MANY, skip=skip)
    with pytest.raises(ConfigurationError):
        trial.load("meta_ads", *DAYS)
    assert content(trial, "meta_ads") == loads.before
    trial.control.faults.clear()
    trial.load("meta_ads", *DAYS)
    assert content(trial, "meta_ads") == loads.after


def test_a_block_of_many_minutes_says_when_to_try_again(trial: Trial, read: Any) -> None:
    usage = {META: [{"type": "ads_insights", "call_count": 100, "estimated_time_to_regain_access": 41}]}
    body = {"error": {"message": "(#80000) Too many calls", "type": "OAuthException", "code": 80000}}
    trial.control.inject(INSIGHTS, 1, 400, body, {"x-business-use-case-usage": json.dumps(usage)})
    with pytest.raises(LoadStopped, match=r"rate limit \(code 80000\): must wait 2460 s, .* try again after"):
        read()


def test_an_account_that_is_used_up_regains_access_by_its_header(trial: Trial, read: Any) -> None:
    usage = {"acc_id_util_pct": 100, "reset_time_duration": 100}
    body = {"error": {"message": "(#17) User request limit reached", "type": "OAuthException", "code": 17}}
    trial.control.inject(INSIGHTS, 1, 400, body, {"x-ad-account-usage": json.dumps(usage)})
    assert read().waits == (100,)


def test_an_answer_of_a_newer_version_is_told(trial: Trial, read: Any) -> None:
    body = {"data": []}
    trial.control.inject(r"/campaigns$", 1, 200, body, {"X-Ad-Api-Version-Warning": "The call has been auto-upgraded"})
    (warning,) = read().context.warnings
    assert warning == (
        "Meta no longer serves v26.0 and answers with a newer version; raise sources.meta_ads.api_version"
    )
