"""Every journey that the sandbox planted is found as it was: who came when, what became of it, and by which path."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby

import pytest

from benchmarks.attribution import PAGE, tables, written
from ingestion.sandbox.control import DEFAULT_NOW
from ingestion.sandbox.model import Contact, Deal, Session, World
from ingestion.sandbox.truth import sessions_in_export, won_deals
from ingestion.sandbox.world import build_world
from ingestion.sandbox.world_catalog import TOUCHES
from tests.conftest import MainJob
from warehouse.attribution import MODELS

LOOK_BACK = timedelta(days=90)


@dataclass(frozen=True)
class Planted:
    """The simulated business at the moment of the refresh."""

    world: World
    visits: dict[str, list[Session]]
    """Sessions that the export shows, by client id, in order."""
    contacts: list[Contact]
    won: list[Deal]

    def visits_of(self, contact: Contact | None) -> list[Session]:
        return self.visits.get(self.world.visitors[contact.visitor].client_id, []) if has_visitor(contact) else []

    def path(self, contact: Contact | None, ends_at: datetime, after: datetime | None = None) -> list[str]:
        """The sessions of a contact in the look-back before a moment, and after the conversion before it."""
        return [
            self.session_id(session)
            for session in self.visits_of(contact)
            if ends_at - LOOK_BACK <= started(session) <= ends_at and (after is None or started(session) > after)
        ]

    def session_id(self, session: Session) -> str:
        return f"{self.world.visitors[session.visitor].client_id}.{session.started_at}"


def has_visitor(contact: Contact | None) -> bool:
    return contact is not None and contact.visitor is not None


def started(session: Session) -> datetime:
    return datetime.fromtimestamp(session.started_at, UTC)


@pytest.fixture(scope="module")
def planted() -> Planted:
    world = build_world()
    shown = sorted((session for _, session in sessions_in_export(world)), key=lambda one: (one.visitor, one.started_at))
    visits = {world.visitors[number].client_id: list(rows) for number, rows in groupby(shown, lambda one: one.visitor)}
    losers = [merge.loser for merge in world.merges if merge.merged_at > DEFAULT_NOW]
    contacts = [one for one in (*world.contacts, *losers) if not one.is_archived and one.created_at <= DEFAULT_NOW]
    return Planted(world, visits, contacts, won_deals(world))


def found_paths(job: MainJob, condition: str) -> dict[str, list[str]]:
    """Sessions on the path of each conversion, in order."""
    rows = job.warehouse(
        "select conversions.conversion_id, list(session_id order by position) filter (where session_id is not null)"
        " from marts.fct_conversions as conversions left join"
        " (select conversion_id, position, session_id from marts.fct_conversion_paths) using (conversion_id)"
        f" where {condition} group by 1"
    )
    return {str(conversion): list(sessions or []) for conversion, sessions in rows}


def test_every_persons_visits_are_found_in_their_order(main_job: MainJob, planted: Planted) -> None:
    rows = main_job.warehouse(
        "select user_pseudo_id, list([session_id, touched.channel] order by journey_number, touched_at, touchpoint_key)"
        " from marts.fct_sessions inner join intermediate.int_touchpoints as touched using (session_id)"
        " where touchpoint_type = 'session' group by 1"
    )
    assert len(rows) > 30_000
    expected = {
        client: [[planted.session_id(one), TOUCHES[one.touch].channel] for one in sessions]
        for client, sessions in planted.visits.items()
    }
    assert {client: sessions for client, sessions in rows if sessions != expected[str(client)]} == {}
    assert len(rows) == len(expected)


def test_every_lead_has_its_moment_and_its_path(main_job: MainJob, planted: Planted) -> None:
    moments = main_job.warehouse(
        "select lead_id, converted_at from marts.fct_conversions where conversion_type = 'lead'"
    )
    assert dict(moments) == {one.contact_id: one.lead_at.replace(tzinfo=None) for one in planted.contacts}
    paths = {f"lead:{one.contact_id}": planted.path(one, one.lead_at) for one in planted.contacts}
    assert sum(map(len, paths.values())) > 3000
    assert found_paths(main_job, "conversion_type = 'lead'") == paths


def test_every_qualified_lead_has_its_path(main_job: MainJob, planted: Planted) -> None:
    paths = {
        f"qualified_lead:{one.contact_id}": planted.path(one, one.mql_at) for one in planted.contacts if one.mql_at
    }
    assert found_paths(main_job, "conversion_type = 'qualified_lead'") == paths


def test_every_won_deal_has_its_path_and_its_turn(main_job: MainJob, planted: Planted) -> None:
    by_id = {one.contact_id: one for one in planted.world.contacts}
    paths: dict[str, list[str]] = {}
    kinds: dict[str, str] = {}
    before: dict[str, datetime] = {}
    for deal in planted.won:
        assert deal.closed_at is not None
        paths[deal.deal_id] = planted.path(by_id.get(deal.contact_id), deal.closed_at, before.get(deal.contact_id))
        kinds[deal.deal_id] = "repeat_purchase" if deal.contact_id in before else "first_purchase"
        before[deal.contact_id] = deal.closed_at
    found = main_job.warehouse("select order_id, conversion_type from marts.fct_conversions where order_id is not null")
    assert dict(found) == kinds
    assert found_paths(main_job, "order_id is not null") == paths


def test_every_model_credits_exactly_what_was_planted(main_job: MainJob, planted: Planted) -> None:
    buyers = {deal.contact_id for deal in planted.won}
    counts = {
        "lead": len(planted.contacts),
        "qualified_lead": sum(one.mql_at is not None for one in planted.contacts),
        "first_purchase": len(buyers),
        "repeat_purchase": len(planted.won) - len(buyers),
    }
    rows = main_job.warehouse(
        "select level, model, conversion_type, sum(credited_conversions), sum(credited_value)"
        " from marts.attribution_levels group by all"
    )
    revenue = dict(
        main_job.warehouse(
            "select case when is_first_purchase then 'first_purchase' else 'repeat_purchase' end, sum(revenue_amount)"
            " from marts.fct_orders group by 1"
        )
    )
    assert {row[:3]: row[3:] for row in rows} == {
        (level, model, kind): (pytest.approx(count), revenue.get(kind, 0))
        for level in ("channel", "campaign", "ad")
        for model in MODELS
        for kind, count in counts.items()
    }


def test_credit_by_channel_is_that_of_the_planted_visits(main_job: MainJob, planted: Planted) -> None:
    channels = {
        planted.session_id(one): TOUCHES[one.touch].channel for all_of in planted.visits.values() for one in all_of
    }
    expected: dict[tuple[str, str], float] = {}
    for one in planted.contacts:
        path = [channels[session] for session in planted.path(one, one.lead_at)] or ["(unattributed)"]
        for model, credited in (("first", path[:1]), ("last", path[-1:]), ("linear", path)):
            for channel in credited:
                expected[model, channel] = expected.get((model, channel), 0) + 1 / len(credited)
    rows = main_job.warehouse(
        "select model, channel, credited_conversions from marts.attribution_channels"
        " where conversion_type = 'lead' and model in ('first', 'last', 'linear') and credited_conversions > 0"
    )
    assert {row[:2]: row[2] for row in rows} == pytest.approx(expected)


def test_the_tables_of_the_page_are_those_of_the_demo(main_job: MainJob) -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page == written(page, tables(main_job.settings.warehouse)), (
        "run `kpi sandbox demo` and `python -m benchmarks.attribution`, and commit the page"
    )
