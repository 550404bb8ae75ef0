"""Paths and credits of journeys that chance makes, by the models' own SQL, against a loop over plain lists."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import NamedTuple

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.transform.conftest import Built
from tests.transform.hand_world import insert
from transform.build import target_path
from warehouse.attribution import MODELS

START = datetime(2025, 6, 1)
LOOK_BACK = timedelta(days=90)
CHANNELS = ("Direct", "Email", "Paid Search")
GIVEN = {
    "marts.dim_person": "person_id varchar, first_touch_at timestamp, first_channel varchar, is_customer boolean",
    "marts.fct_sessions": "session_id varchar, person_id varchar, session_started_at timestamp, is_new_visitor boolean",
    "marts.fct_orders": "order_id varchar, person_id varchar, won_at timestamp, date_day date,"
    " revenue_amount decimal(18, 6), gross_margin_amount decimal(18, 6), order_number bigint,"
    " is_first_purchase boolean",
    "marts.fct_leads": "lead_id varchar, person_id varchar, lead_at timestamp",
    "intermediate.int_stage_changes": "lead_id varchar, entered_stage varchar, entered_at timestamp",
    "intermediate.int_touchpoints": "touchpoint_id varchar, person_id varchar, touchpoint_type varchar,"
    " touchpoint_key varchar, tie_order int, touched_at timestamp, channel varchar, source varchar, medium varchar,"
    " campaign_id varchar, campaign_name varchar, ad_id varchar, ad_name varchar, session_id varchar",
    "intermediate.int_attribution_shares": "conversion_id varchar, channel varchar, markov_share double,"
    " shapley_share double",
}
MADE = (
    "intermediate.int_journeys", "intermediate.int_conversions", "intermediate.int_path_windows",
    "intermediate.int_path_touches", "marts.fct_conversion_paths", "marts.fct_conversions", "marts.fct_attribution",
)  # fmt: skip


class Life(NamedTuple):
    """What happened to one person, each thing so many six-hour steps after the start."""

    visits: list[tuple[int, str]]
    leads: list[int]
    won: list[int]


# Small numbers meet often: the same moment, the edge of the look-back, nothing at all.
steps = st.one_of(st.integers(0, 12), st.integers(0, 800), st.sampled_from([0, 360, 361, 720]))
lives = st.lists(
    st.builds(
        Life,
        st.lists(st.tuples(steps, st.sampled_from(CHANNELS)), max_size=8),
        st.lists(steps, max_size=2),
        st.lists(steps, max_size=3, unique=True).map(sorted),
    ),
    min_size=1,
    max_size=3,
)


@pytest.fixture(scope="module")
def run(built: Built) -> Iterator[Callable[[list[Life], int], duckdb.DuckDBPyConnection]]:
    """Puts lives into tables, in an order of chance, and runs the models on them as dbt compiled them."""
    compiled = target_path(built.settings) / "compiled" / "marketing_kpis" / "models"
    sql = {name: (compiled / f"{name.replace('.', '/')}.sql").read_text(encoding="utf-8") for name in MADE}
    connection = duckdb.connect()
    connection.execute("attach ':memory:' as warehouse; use warehouse; create schema marts; create schema intermediate")
    for name, columns in GIVEN.items():
        connection.execute(f"create table {name} ({columns})")

    def model(all_lives: list[Life], seed: int) -> duckdb.DuckDBPyConnection:
        for name in GIVEN:
            connection.execute(f"delete from {name}")
        rows = [row for number, life in enumerate(all_lives) for row in _rows(f"p{number}", life)]
        Random(seed).shuffle(rows)
        for table, row in rows:
            insert(connection, table, row)
        for name in MADE:
            connection.execute(f"create or replace table {name} as {sql[name]}")
            if name == "marts.fct_conversion_paths":
                # models that learn share evenly here: what they learn has tests of its own
                connection.execute(
                    "insert into intermediate.int_attribution_shares select conversion_id, channel, share, share from ("
                    " select distinct conversion_id, channel,"
                    " 1 / count(distinct channel) over (partition by conversion_id) as share"
                    " from marts.fct_conversion_paths)"
                )
        return connection

    yield model
    connection.close()


def _rows(person: str, life: Life) -> Iterator[tuple[str, dict[str, object]]]:
    yield "marts.dim_person", {"person_id": person, "first_touch_at": START, "is_customer": bool(life.won)}
    for number, (step, channel) in enumerate(life.visits):
        name = f"{person}s{number}"
        yield (
            "intermediate.int_touchpoints",
            {
                "touchpoint_id": name, "person_id": person, "touchpoint_type": "session", "touchpoint_key": name,
                "tie_order": 1, "touched_at": at(step), "channel": channel, "session_id": name,
            },
        )  # fmt: skip
    for number, step in enumerate(life.leads):
        yield "marts.fct_leads", {"lead_id": f"{person}l{number}", "person_id": person, "lead_at": at(step)}
    for number, step in enumerate(life.won, start=1):
        yield (
            "marts.fct_orders",
            {
                "order_id": f"{person}o{number}", "person_id": person, "won_at": at(step), "date_day": at(step).date(),
                "revenue_amount": Decimal("100.01"), "gross_margin_amount": Decimal("0.07"), "order_number": number,
                "is_first_purchase": number == 1,
            },
        )  # fmt: skip


def at(step: int) -> datetime:
    return START + timedelta(hours=6 * step)


def expected_paths(all_lives: list[Life]) -> dict[str, list[str]]:
    """The path of each conversion, by a loop."""
    paths: dict[str, list[str]] = {}
    for number, life in enumerate(all_lives):
        person = f"p{number}"
        visits = sorted((at(step), f"{person}s{place}") for place, (step, _) in enumerate(life.visits))
        leads = sorted((at(step), f"lead:{person}l{place}") for place, step in enumerate(life.leads))
        orders = [(at(step), f"{person}o{place}") for place, step in enumerate(life.won, start=1)]
        for ends in (leads, orders):
            before: datetime | None = None
            for moment, conversion in ends:
                paths[conversion] = [
                    name
                    for touched, name in visits
                    if moment - LOOK_BACK <= touched <= moment and (before is None or touched > before)
                ]
                before = moment
    return paths


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lives, st.integers(0, 9))
def test_paths_and_credits(
    run: Callable[[list[Life], int], duckdb.DuckDBPyConnection], all_lives: list[Life], seed: int
) -> None:
    connection = run(all_lives, seed)
    paths = expected_paths(all_lives)
    # the person, the window and the order are those of the loop, in whatever order the rows came
    found: dict[str, list[str]] = {conversion: [] for conversion in paths}
    for conversion, touchpoint in connection.execute(
        "select conversion_id, touchpoint_id from marts.fct_conversion_paths order by conversion_id, position"
    ).fetchall():
        found[conversion].append(touchpoint)
    assert found == paths
    assert connection.execute(
        "select count(*), count(*) filter (where path_length != touches) from marts.fct_conversions"
    ).fetchone() == (len(paths), 0)
    # each conversion is shared out once by each model, and to the millionth
    credited = connection.execute(
        "select conversion_id, model, sum(weight), sum(credited_value), sum(credited_gross_margin), min(weight) > 0"
        " from marts.fct_attribution group by all"
    ).fetchall()
    assert {row[:2] for row in credited} == {(conversion, model) for conversion in paths for model in MODELS}
    for conversion, _, weight, value, margin, is_positive in credited:
        is_order = not conversion.startswith("lead:")
        assert weight == pytest.approx(1, abs=1e-9)
        assert value == (Decimal("100.01") if is_order else 0)
        assert margin == (Decimal("0.07") if is_order else None)
        assert is_positive
    # and to nobody but the touches on its path
    for conversion, touchpoint in connection.execute(
        "select distinct conversion_id, touchpoint_id from marts.fct_attribution"
    ).fetchall():
        assert touchpoint in paths[conversion] if paths[conversion] else touchpoint is None
