"""What DuckDB counts of a table of paths is what follows from the paths one by one."""

from __future__ import annotations

import duckdb
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from transform.attribution.counting import moves, sets
from transform.attribution.journeys import Counted, as_sets
from transform.attribution.markov import Move, effects_of_moves, removal_effects

journeys = st.lists(
    st.builds(
        lambda channels, conversions, losses, cents: Counted(
            tuple(channels), conversions, losses, cents / 100 * bool(conversions)
        ),
        st.lists(st.sampled_from("ABCD"), min_size=1, max_size=5),
        st.integers(0, 3),
        st.integers(0, 3),
        st.integers(0, 10_000),
    ),
    max_size=8,
)


def table(rows: list[Counted], kind: str = "lead") -> duckdb.DuckDBPyRelation:
    connection = duckdb.connect()
    connection.execute(
        "create table paths (conversion_type varchar, path varchar[], channel_set varchar[], conversions bigint,"
        " non_conversions bigint, value decimal(38, 6))"
    )
    for row in rows:
        given = [kind, list(row.channels), sorted(set(row.channels)), row.conversions, row.non_conversions, row.value]
        connection.execute("insert into paths values (?, ?, ?, ?, ?, ?)", given)
    return connection.table("paths")


def test_every_step_and_every_end_is_a_move() -> None:
    # three journeys by A, B, A, of which one sold for 5
    found = moves(table([Counted(("A", "B", "A"), 1, 2, 5.0)]), order=1)
    assert sorted(found["lead"], key=str) == sorted(
        [
            Move((), ("A",), 3),
            Move(("A",), ("B",), 3),
            Move(("B",), ("A",), 3),
            Move(("A",), None, 3, 1, 5.0),
        ],
        key=str,
    )


def test_a_state_of_order_2_is_the_last_two_visits() -> None:
    found = moves(table([Counted(("A", "B", "A"), 0, 1)]), order=2)
    assert {(move.source, move.target) for move in found["lead"]} == {
        ((), ("A",)),
        (("A",), ("A", "B")),
        (("A", "B"), ("B", "A")),
        (("B", "A"), None),
    }


@settings(max_examples=25, deadline=None)
@given(journeys, st.integers(1, 3))
@example([Counted(("A",), 0, 0)], 1)
def test_the_models_learn_the_same_of_both(rows: list[Counted], order: int) -> None:
    paths = table(rows)
    counted = moves(paths, order).get("lead", [])
    assert [(one.channel, one.conversions) for one in effects_of_moves(counted)] == [
        (one.channel, one.conversions) for one in removal_effects(rows, order)
    ]
    # sums of decimals are exact, sums of doubles nearly
    assert [one.value for one in effects_of_moves(counted)] == pytest.approx(
        [one.value for one in removal_effects(rows, order)], abs=1e-9
    )
    assert as_sets(sets(paths).get("lead", [])) == [
        Counted(one.channels, one.conversions, one.non_conversions, pytest.approx(one.value)) for one in as_sets(rows)
    ]


def test_conversion_types_are_counted_apart() -> None:
    leads = table([Counted(("A",), 1, 0)])
    both = leads.union(leads.query("leads", "select * replace ('first_purchase' as conversion_type) from leads"))
    assert moves(both, 1)["lead"] == moves(both, 1)["first_purchase"] == moves(leads, 1)["lead"]
    assert sets(both)["lead"] == sets(both)["first_purchase"] == sets(leads)["lead"]
