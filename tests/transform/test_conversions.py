"""Touchpoints, conversions, paths and ads: every rule on a journey worked out by hand, in one build."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from ingestion.pipeline import ensure_tables
from tests.transform.conftest import Built
from tests.transform.hand_world import AS_OF
from tests.transform.journey_person import Person, moment
from tests.transform.journey_world import CONFIGURATION, PEOPLE, fill
from transform.build import build
from warehouse.connection import writer
from warehouse.settings import load_settings

Row = dict[str, Any]
TESTS = "attribution_adds_up attribution_of_channels_adds_up paths_keep_their_window"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Built:
    folder = tmp_path_factory.mktemp("journeys")
    (folder / "local.toml").write_text(CONFIGURATION, encoding="utf-8")
    settings = load_settings(folder / "home", folder)
    ensure_tables(settings)
    with writer(settings) as connection:
        fill(connection)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DBT_INDIRECT_SELECTION", "empty")
        names = f"+fct_conversions +attribution_channels +attribution_levels +fct_customer_journey {TESTS}"
        return Built(settings, build(settings, run_id="journeys", as_of=AS_OF, select=names))


@pytest.fixture(scope="module")
def journeys(world: Built) -> dict[str, list[Row]]:
    """Rows of fct_customer_journey by the name of the person, in order of time."""
    people = world.rows(
        "select person_id, min(identifier_value) from intermediate.int_person_identifiers"
        " where identifier_type in ('contact_id', 'ga_client_id') group by 1"
    )
    names: dict[str, str] = dict(people)
    columns = [name for (name,) in world.rows("select column_name from (describe marts.fct_customer_journey)")]
    found: dict[str, list[Row]] = {}
    for values in world.rows("from marts.fct_customer_journey order by touched_at, journey_id, touchpoint_number"):
        row = dict(zip(columns, values, strict=True))
        found.setdefault(names[row["person_id"]], []).append(row)
    return found


def who(person: Person) -> str:
    return person.name


@pytest.mark.parametrize("person", [one for one in PEOPLE if one.touches is not None], ids=who)
def test_touchpoints(journeys: dict[str, list[Row]], person: Person) -> None:
    found = [
        (row["touchpoint_type"], str(row["touched_at"]))
        for row in journeys[person.name]
        if row["touchpoint_type"] != "session"
    ]
    assert found == [(kind, moment(at)) for kind, at in person.touches or ()]


@pytest.mark.parametrize("person", [one for one in PEOPLE if one.becomes], ids=who)
def test_visits_and_clicks(journeys: dict[str, list[Row]], person: Person) -> None:
    rows = [row for row in journeys[person.name] if row["touchpoint_type"] in {"session", "ad_click"}]
    assert len(rows) == len(person.becomes)
    for row, expected in zip(rows, person.becomes, strict=True):
        assert {column: row[column] for column in expected} == expected


@pytest.mark.parametrize("person", PEOPLE, ids=who)
def test_paths(world: Built, person: Person) -> None:
    rows = world.rows(
        "select conversion_type, list(session_id order by position) filter (where session_id is not null)"
        " from marts.fct_conversions as conversions"
        " left join (select conversion_id, position, session_id from marts.fct_conversion_paths) using (conversion_id)"
        " where conversions.person_id in (select person_id from intermediate.int_person_identifiers"
        f" where identifier_value = '{person.name}')"
        " group by conversion_type, conversions.conversion_id, converted_at order by converted_at"
    )
    found: dict[str, list[list[int]]] = {}
    for kind, sessions in rows:
        found.setdefault(kind, []).append([int(session.rsplit(".", 1)[1]) for session in sessions or ()])
    assert found == person.paths


def test_conversions_know_their_circumstances(world: Built) -> None:
    number = [one.name for one in PEOPLE].index("offline_first") + 1
    rows = world.rows(
        "select conversion_id, is_new_customer, is_offline, touches, first_channel, days_to_conversion,"
        " days_from_first_touch, lookback_days, value from marts.fct_conversions"
        " where lead_id in ('offline_first', 'longer_look_back')"
        f" or order_id in ('{number}1', '{number}2') order by converted_at, conversion_id"
    )
    assert rows == [
        # no visit before it; the first touch is the lead itself
        ("lead:offline_first", True, True, 0, "(unattributed)", None, 0.0, 30, Decimal(0)),
        # from 10 January 10:05 to 20 January 10:00
        (f"{number}1", True, True, 0, "(unattributed)", None, pytest.approx(10 - 5 / 1440), 90, Decimal(100)),
        # one visit nine days before it, and a customer already
        (f"{number}2", False, False, 1, "Organic Search", 9.0, pytest.approx(31 - 5 / 1440), 90, Decimal(100)),
        # the visit of 5 February; known since 1 January
        ("lead:longer_look_back", True, False, 1, "Organic Search", 5.0, 40.0, 30, Decimal(0)),
    ]


def test_a_click_of_nobody_is_in_no_journey(world: Built) -> None:
    assert world.rows("select count(*) from intermediate.int_ad_clicks where gclid = 'GX9'") == [(1,)]
    assert world.rows("select count(*) from marts.fct_customer_journey where touchpoint_type = 'ad_click'") == [(4,)]


def test_a_lead_cannot_become_a_lead(world: Built) -> None:
    # five visitors never became a lead; each of them has one open path by which they did not
    assert world.rows(
        "select sum(conversions), sum(non_conversions) from intermediate.int_attribution_paths"
        " where conversion_type = 'lead'"
    ) == [(sum(bool(path) for one in PEOPLE for path in one.paths.get("lead", [])), 5)]


def test_credit_by_channel_campaign_and_ad(world: Built) -> None:
    # the leads of click_with_session and repaired_click are all of Brand's, and half of found_by_click's is of a click
    # whose campaign nobody knows
    assert world.rows(
        "select level, campaign_name, ad_id, ad_name, credited_conversions, conversions from marts.attribution_levels"
        " where conversion_type = 'lead' and model = 'linear' and channel = 'Paid Search' order by level, campaign_name"
    ) == [
        ("ad", "Brand", "1111", "Brand exact", 2.0, 2),
        ("ad", None, None, None, 0.5, 1),
        ("campaign", "Brand", None, None, 2.0, 2),
        ("campaign", None, None, None, 0.5, 1),
        ("channel", None, None, None, 2.5, 3),
    ]


def test_leads_and_orders_have_ids_of_their_own(world: Built) -> None:
    assert world.rows(
        "select count(*) - count(distinct conversion_id), count(*) - count(distinct conversion_type || conversion_id)"
        " from marts.fct_conversions"
    ) == [(0, 0)]
    assert world.rows(
        "select count(*) from marts.fct_attribution where conversion_type = 'lead' and credited_value != 0"
    ) == [(0,)]


def test_settings_stand_beside_the_data(world: Built) -> None:
    assert world.rows(
        "select distinct path_transforms, path_settings, length(settings_hash) from marts.fct_conversions"
    ) == [("unique_path", "touchpoints: session; qualified: mql", 12)]
