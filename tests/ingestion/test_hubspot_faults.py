"""Every failure that HubSpot documents, in the middle of a load: what it is taken for, what it says, what it leaves."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import requests

from ingestion import catalog
from ingestion.http import Accept, Fatal, Outcome, RefreshToken, Retry, SkipEntity, WaitUntil
from ingestion.hubspot import SPEC, source
from ingestion.hubspot.replies import classify
from ingestion.pipeline import open_context
from ingestion.sandbox.control import HUBSPOT_TOKEN
from ingestion.sandbox.faults import FAULTS, named
from tests.ingestion.conftest import Trial, Vendors, serving
from tests.ingestion.portal import portal_world
from tests.ingestion.sandbox.tiny import utc
from warehouse.errors import ConfigurationError

BEFORE, AFTER = "2026-11-30T08:00:00", "2026-12-04T08:00:00"
BATCH, LIST, TIES = "/contacts/batch/read", "/objects/2026-09/contacts$", "/associations/2026-09/deals/contacts/"
SEARCH, COMPANIES = "/contacts/search", "/objects/2026-09/companies"
COMPANY_TABLES = ("companies", "contact_companies", "deal_companies")

GOES_ON, STOPS, SKIPS_COMPANIES = "goes on", "stops", "goes on without companies"


class Case(NamedTuple):
    """A fault, and what is expected of the load that it strikes."""

    fault: str
    place: str
    times: int
    kind: type[Outcome]
    words: str
    """Part of what a person or the log is told."""
    waits: list[float]
    data: str


CASES = [
    Case("ten_secondly", BATCH, 1, WaitUntil, "TEN_SECONDLY_ROLLING", [10], GOES_ON),
    Case("ten_secondly_retry_after", TIES, 2, WaitUntil, "TEN_SECONDLY_ROLLING", [10, 10], GOES_ON),
    Case("secondly", SEARCH, 1, WaitUntil, "SECONDLY", [1], GOES_ON),
    Case("migration_477", LIST, 1, WaitUntil, "moving the account", [30], GOES_ON),
    Case("server_error", SEARCH, 1, Retry, "HTTP 500", [1], GOES_ON),
    Case("bad_gateway", BATCH, 2, Retry, "HTTP 502", [1, 2], GOES_ON),
    Case("unavailable", "/owners/", 1, Retry, "HTTP 503", [1], GOES_ON),
    Case("cloudflare_521", LIST, 1, Retry, "HTTP 521", [1], GOES_ON),
    Case("cloudflare_522", BATCH, 1, Retry, "HTTP 522", [1], GOES_ON),
    Case("cloudflare_523", BATCH, 1, Retry, "HTTP 523", [1], GOES_ON),
    Case("cloudflare_524", "/pipelines/", 4, Retry, "HTTP 524", [1, 2, 4, 8], GOES_ON),
    Case("gateway_timeout", LIST, 1, Retry, "HTTP 504", [1], GOES_ON),
    Case("throttled_page", TIES, 1, WaitUntil, "rate limit reached", [10], GOES_ON),
    Case("cut_reply", BATCH, 1, Retry, "broke off", [1], GOES_ON),
    Case("cut_reply", BATCH, 3, Retry, "gave up after 3 tries: the reply broke off", [1, 2], STOPS),
    Case("cloudflare_524", SEARCH, 5, Retry, "gave up after 5 tries: HubSpot answers HTTP 524", [1, 2, 4, 8], STOPS),
    Case("migration_477", BATCH, 9, WaitUntil, "try again after", [30, 30, 30, 30], STOPS),
    Case("missing_scopes", COMPANIES, 1, SkipEntity, "tick it for the service key", [], SKIPS_COMPANIES),
    Case("missing_scopes", BATCH, 1, SkipEntity, "lacks scope crm.objects.deals.read; tick it", [], STOPS),
    Case("daily", TIES, 1, Fatal, "begin again at midnight in the portal's zone", [], STOPS),
    Case("unauthorized", "/account-info/", 1, RefreshToken, "make a service key in its settings", [], STOPS),
    Case("token_expired", BATCH, 1, RefreshToken, "sources.hubspot.access_token", [], STOPS),
    Case("malformed_token", SEARCH, 1, Fatal, "copy the whole service key", [], STOPS),
    Case("validation_error", SEARCH, 1, Fatal, "HTTP 400 VALIDATION_ERROR: Invalid input JSON", [], STOPS),
    Case("beyond_10000", SEARCH, 1, Fatal, "HTTP 400 VALIDATION_ERROR: Paging beyond 10000 results", [], STOPS),
    Case("no_such_address", SEARCH, 1, Fatal, "check sources.hubspot.base_url and api_version", [], STOPS),
    Case(
        "batch_in_part", BATCH, 1, Accept, "contacts: HubSpot could not read 2 of a batch (INTERNAL_ERROR)", [], STOPS
    ),
    Case("batch_in_part", TIES, 1, Accept, "deals to contacts: HubSpot could not read 2 of a batch", [], STOPS),
]


@pytest.fixture(scope="module")
def vendors() -> Iterator[Vendors]:
    with serving(portal_world()) as running:
        yield running


@pytest.fixture(scope="module")
def november(vendors: Vendors, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which the portal of 30 November was read."""
    home = tmp_path_factory.mktemp("november")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOURCES__HUBSPOT__ACCESS_TOKEN", HUBSPOT_TOKEN)
        patch.setenv("PRIVACY__HASH_KEY", "a key for tests")
        vendors.control.set_clock(utc(BEFORE))
        Trial(vendors, home).load("hubspot", "2026-11-29", "2026-11-29")
    return home


@pytest.fixture
def read(trial: Trial, november: Path) -> Trial:
    """A trial of 4 December that holds what was read on 30 November."""
    shutil.copytree(november, trial.home, dirs_exist_ok=True)
    trial.control.set_clock(utc(AFTER))
    return trial


def raw(trial: Trial) -> dict[str, list[Any]]:
    found = trial.answers(
        {
            table.name: f"select {', '.join(table.columns)} from raw_hubspot.{table.name}"
            for table in SPEC.tables
            if table.name != "object_reads"
        }
    )
    return {name: sorted(rows, key=str) for name, rows in found.items()}


def undisturbed(trial: Trial) -> dict[str, list[Any]]:
    found = source.read(open_context(catalog.get("hubspot"), settings=trial.settings(), as_of=trial.control.now))
    return {
        table.name: sorted((tuple(row.get(column) for column in table.columns) for row in found[table.name]), key=str)
        for table in SPEC.tables
        if table.name != "object_reads"
    }


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.fault}-{case.place}-{case.data}")
def test_a_failure_in_the_middle_of_a_load(read: Trial, case: Case) -> None:
    fault = f"hubspot.{case.fault}"
    assert isinstance(classify(_reply(fault)), case.kind)
    before, expected = raw(read), undisturbed(read)
    assert before["deal_contacts"] != expected["deal_contacts"]
    read.slept.clear()
    read.inject(fault, case.place, case.times)
    if case.data == STOPS:
        with pytest.raises(ConfigurationError) as told:
            read.load("hubspot", "2026-12-03", "2026-12-03")
        said = str(told.value)
        assert said.startswith("hubspot: ")
        assert raw(read) == before
    else:
        said = " ".join(read.load("hubspot", "2026-12-03", "2026-12-03").warnings) or str(classify(_reply(fault)))
        if case.data == SKIPS_COMPANIES:
            expected |= {table: before[table] for table in COMPANY_TABLES}
        assert raw(read) == expected
    assert case.words in said
    assert "\n" not in said
    assert HUBSPOT_TOKEN not in said
    assert "@" not in said
    assert read.slept == case.waits


def test_every_fault_of_the_sandbox_has_its_row() -> None:
    assert {name for name in FAULTS if name.startswith("hubspot.")} == {f"hubspot.{case.fault}" for case in CASES}


def test_after_a_stop_the_next_load_is_as_if_nothing_had_been(read: Trial) -> None:
    read.inject("hubspot.daily", TIES)
    with pytest.raises(ConfigurationError):
        read.load("hubspot", "2026-12-03", "2026-12-03")
    read.load("hubspot", "2026-12-03", "2026-12-03")
    assert raw(read) == undisturbed(read)


def test_a_token_without_companies_reads_them_once_it_may(read: Trial) -> None:
    read.inject("hubspot.missing_scopes", COMPANIES)
    report = read.load("hubspot", "2026-12-03", "2026-12-03")
    assert [warning for warning in report.warnings if "table companies was left as it is" in warning]
    read.load("hubspot", "2026-12-03", "2026-12-03")
    assert raw(read) == undisturbed(read)


def _reply(fault: str) -> requests.Response:
    known, reply = named(fault), requests.Response()
    reply.status_code = known.status
    reply.headers.update(known.headers)
    reply._content = (known.body if isinstance(known.body, str) else json.dumps(known.body)).encode()
    return reply
