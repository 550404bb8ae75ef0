"""Events without consent: they count, and are nobody's."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from ingestion.pipeline import ensure_tables
from tests.transform.conftest import Built
from tests.transform.hand_world import AS_OF, DIRECT, EVENTS, event, insert
from transform.build import build
from warehouse.connection import writer
from warehouse.settings import Settings

REFUSED = "77.77"


@pytest.fixture(scope="module")
def visits(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The hand-made visits, and three that a browser sent in spite of a refusal."""
    settings = Settings(home=Path(tmp_path_factory.mktemp("consent")))
    ensure_tables(settings)
    with writer(settings) as connection:
        insert(connection, "raw_ga4_export.events", *({**one, "analytics_storage": consent(one)} for one in EVENTS))
        for number, name in enumerate(("page_view", "generate_lead", "purchase")):
            refused = event(
                REFUSED, 9, "2026-01-09 22:30:00", name, 20 + number, analytics_storage="No", user_id="account 7",
                geo_country="France", page="https://larkspur.example/?gclid=G9&fbclid=F9", **DIRECT,
            )  # fmt: skip
            insert(connection, "raw_ga4_export.events", refused)
        # half past midnight in Berlin
        insert(
            connection,
            "raw_ga4_export.events",
            event(None, 0, "2026-01-09 23:30:00", "page_view", 30, analytics_storage="No", day=date(2026, 1, 9)),
        )
    names = "+consent_daily +int_person_identifiers +fct_sessions"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DBT_INDIRECT_SELECTION", "cautious")
        return Built(settings, build(settings, run_id="consent", as_of=AS_OF, select=names))


def consent(one: dict[str, object]) -> str | None:
    """One property asks for consent, and older events of it were sent before it did."""
    if one["user_pseudo_id"] is None:
        return "No"
    return None if one["user_pseudo_id"] == "444.1" else "Yes"


def test_every_event_counts(visits: Built) -> None:
    # twelve of the hand-made world, of which one is nobody's; three refused; one after midnight
    assert visits.rows("select sum(events), sum(consented_events) from marts.consent_daily") == [(16, 11)]
    assert visits.rows(
        "select country, events, consented_events, page_views, consented_page_views, tracked_sessions"
        " from marts.consent_daily where date_day = '2026-01-09' order by country"
    ) == [("France", 3, 0, 1, 0, 0), ("Germany", 5, 4, 3, 2, 2)]
    # cut in the business' time zone
    assert (
        visits.rows(
            "select date_day, events from marts.consent_daily where date_day = '2026-01-10' and consented_events = 0"
        )
        == []
    )
    assert visits.rows("select events, consented_events from marts.consent_daily where date_day = '2026-01-10'") == [
        (2, 1)
    ]


def test_who_refused_is_in_no_session_and_no_person(visits: Built) -> None:
    assert visits.rows(
        "select count(*) from intermediate.int_session_events where event_at = '2026-01-09 22:30:00'"
    ) == [(0,)]
    assert visits.rows("select count(*) from marts.fct_sessions where gclid = 'G9'") == [(0,)]
    assert visits.rows(
        "select count(*) from intermediate.int_person_identifiers"
        f" where identifier_value in ('{REFUSED}', 'G9', 'F9', 'account 7')"
    ) == [(0,)]
    # nor is a purchase of theirs in a session's revenue
    assert visits.rows("select sum(purchases) from marts.fct_sessions") == [(0,)]


def test_no_journey_holds_an_event_without_consent(built: Built) -> None:
    assert built.rows(
        "select count(*) from marts.fct_customer_journey as touches"
        " anti join marts.fct_sessions as sessions on touches.session_id = sessions.session_id"
        " where touches.session_id is not null"
    ) == [(0,)]
    assert built.rows("select sum(events) - sum(consented_events) from marts.consent_daily") == [(1,)]
