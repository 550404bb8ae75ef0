"""Labels of identifiers: the same in one go and in any batches, held to a union-find written here."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from hashlib import md5
from typing import Any

import duckdb
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from transform.identity.components import few, many
from transform.identity.increment import affected
from transform.identity.labels import COLUMNS, relabel

START = datetime(2026, 1, 1)
Edge = tuple[str, str]
Seen = dict[str, int]
"""When each node was first seen; even numbers stand for nodes with a record of their own."""

NAMES = [f"{kind}:{number}" for kind in "124" for number in range(4)]
GRAPHS = st.tuples(
    st.dictionaries(st.sampled_from(NAMES), st.integers(0, 5), min_size=8),
    st.sets(
        st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)).filter(lambda pair: pair[0] < pair[1]),
        min_size=5,
        max_size=9,
    ),
)
CURRENT = "node, label, first_seen_at, linked_node, link_rule, link_seen_at"


@pytest.fixture(scope="module")
def connection() -> Iterable[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as one:
        yield one


def build(connection: duckdb.DuckDBPyConnection, seen: Seen, edges: set[Edge], run: str, *, anew: bool = False) -> None:
    """Put the graph of the day in place and label it, on top of the table `labels`."""
    connection.execute("create or replace table nodes (node varchar, is_recorded boolean, first_seen_at timestamp)")
    connection.execute(
        "create or replace table edges (left_node varchar, right_node varchar, rule varchar, first_seen_at timestamp)"
    )
    known = [(node, day % 2 == 0, START + timedelta(days=day)) for node, day in seen.items()]
    tied = [(left, right, "session", START) for left, right in edges if left in seen and right in seen]
    for table, values in (("nodes", known), ("edges", tied)):
        if values:
            marks = ", ".join(f"({', '.join('?' for _ in row)})" for row in values)
            connection.execute(f"insert into {table} values {marks}", [one for row in values for one in row])
    if anew:
        connection.execute("drop table if exists labels")
    found = relabel(
        connection,
        nodes="nodes",
        edges="edges",
        before=None if anew else "labels",
        built_at=START,
        run_id=run,
    )
    found.create("labels_now")
    connection.execute("drop table if exists labels; alter table labels_now rename to labels")


def extend(connection: duckdb.DuckDBPyConnection, seen: Seen, edges: set[Edge], run: str, more: set[str]) -> None:
    """The same as `build` does, by what differs from the graph of the day before and `more` alone, on `labels`."""
    connection.execute("alter table nodes rename to nodes_before; alter table edges rename to edges_before")
    connection.execute("alter table labels rename to kept")
    build(connection, seen, edges, run, anew=True)
    connection.execute("drop table labels; alter table kept rename to labels")
    named = ", ".join(f"('{node}')" for node in {*more, ""})
    connection.execute(
        f"""
        create or replace table changed as
        with nodes_that_differ as (
            (from nodes except from nodes_before) union (from nodes_before except from nodes)
        ),
        edges_that_differ as (
            (from edges except from edges_before) union (from edges_before except from edges)
        )
        select node from nodes_that_differ
        union select left_node from edges_that_differ
        union select right_node from edges_that_differ
        union from (values {named})
        """
    )
    affected(connection, changed="changed", before="labels").create("part")
    relabel(connection, nodes="nodes", edges="edges", before="labels", only="part", built_at=START, run_id=run).create(
        "part_labels"
    )
    connection.execute(
        """
        delete from labels where node in (select node from part);
        insert into labels from part_labels;
        drop table part; drop table part_labels; drop table nodes_before; drop table edges_before
        """
    )


def rows(connection: duckdb.DuckDBPyConnection) -> list[tuple[Any, ...]]:
    return connection.execute(f"select {CURRENT} from labels where replaced_by is null order by all").fetchall()


def expected(seen: Seen, edges: set[Edge]) -> dict[str, str]:
    """Each node's label, by a union-find."""
    parent = {node: node for node in seen}

    def find(node: str) -> str:
        return node if parent[node] == node else find(parent[node])

    def order(node: str) -> tuple[bool, int, str]:
        return seen[node] % 2 == 1, seen[node], node

    for left, right in edges:
        if left in seen and right in seen:
            first, second = sorted([find(left), find(right)], key=order)
            parent[second] = first
    return {node: find(node) for node in seen}


@given(days=st.lists(GRAPHS, min_size=1, max_size=4), order=st.randoms(use_true_random=False))
@settings(max_examples=20, deadline=None)
def test_any_batches_give_what_one_run_gives(
    connection: duckdb.DuckDBPyConnection, days: list[tuple[Seen, set[Edge]]], order: Any
) -> None:
    """Days may take nodes and edges away as well as bring them; the last day comes after the others in any order."""
    last = days[-1]
    build(connection, *last, "full", anew=True)
    full = rows(connection)
    assert {row[0]: row[1] for row in full} == expected(*last)
    others = days[:-1]
    order.shuffle(others)
    build(connection, *([*others, last][0]), "1", anew=True)
    for number, day in enumerate([*others, last][1:]):
        build(connection, *day, str(number + 2))
        assert {row[0]: row[1] for row in rows(connection)} == expected(*day)
    assert rows(connection) == full


@given(graph=GRAPHS, parts=st.lists(st.integers(0, 2), min_size=1), last=st.permutations(range(3)))
@settings(max_examples=20, deadline=None)
def test_three_increments_in_any_order_are_one_full_run(
    connection: duckdb.DuckDBPyConnection, graph: tuple[Seen, set[Edge]], parts: list[int], last: list[int]
) -> None:
    """A part of the edges is there at first, the others come in three batches."""
    seen, edges = graph
    build(connection, seen, edges, "full", anew=True)
    full = rows(connection)
    batches: dict[int, set[Edge]] = {}
    for number, edge in enumerate(sorted(edges)):
        batches.setdefault(parts[number % len(parts)], set()).add(edge)
    there: set[Edge] = set(sorted(edges)[::4])
    build(connection, seen, there, "0", anew=True)
    for number in last:
        there |= batches.get(number, set())
        build(connection, seen, there, str(number + 1))
    assert rows(connection) == full


@given(days=st.lists(st.tuples(GRAPHS, st.sets(st.sampled_from(NAMES), max_size=3)), min_size=2, max_size=5))
@example(
    days=[
        (({"1:0": 0, "2:0": 2, "4:0": 1}, set()), set()),
        (({"1:0": 0, "2:0": 2, "4:0": 1}, {("1:0", "2:0")}), set()),
        (({"1:0": 0, "2:0": 2, "4:0": 1}, set()), set()),
        # the link of the merge is of another component now, and known all the same
        (({"1:0": 0, "2:0": 2, "4:0": 1}, {("2:0", "4:0")}), set()),
        # and here it is of one that is gone
        (({"2:0": 2, "4:0": 1}, {("2:0", "4:0")}), set()),
    ]
)
@settings(max_examples=30, deadline=None)
def test_the_part_that_changed_gives_what_all_gives(
    connection: duckdb.DuckDBPyConnection, days: list[tuple[tuple[Seen, set[Edge]], set[str]]]
) -> None:
    """History and digests too, whichever other nodes are taken for changed."""

    def everything() -> list[tuple[Any, ...]]:
        return connection.execute("from labels order by all").fetchall()

    build(connection, *days[0][0], "0", anew=True)
    whole = []
    for number, (day, _) in enumerate(days[1:], start=1):
        build(connection, *day, str(number))
        whole.append(everything())
    build(connection, *days[0][0], "0", anew=True)
    for number, (day, more) in enumerate(days[1:], start=1):
        extend(connection, *day, str(number), more)
        assert everything() == whole[number - 1]


@given(graph=GRAPHS)
@example(
    graph=({"1:0": 0, "2:0": 0, "2:1": 0, "4:0": 1}, {("1:0", "2:0"), ("1:0", "2:1"), ("2:0", "4:0"), ("2:1", "4:0")})
)
@settings(max_examples=20, deadline=None)
def test_links_lead_to_the_label_by_a_shortest_way(
    connection: duckdb.DuckDBPyConnection, graph: tuple[Seen, set[Edge]]
) -> None:
    seen, edges = graph
    build(connection, seen, edges, "full", anew=True)
    neighbours = {node: {b if a == node else a for a, b in edges if node in (a, b)} & seen.keys() for node in seen}
    following = {row[0]: row[3] for row in rows(connection)}
    for node, label in expected(seen, edges).items():
        distance, reached = {label: 0}, [label]
        for one in reached:
            for other in neighbours[one] - distance.keys():
                distance[other] = distance[one] + 1
                reached.append(other)
        if node == label:
            assert following[node] is None
        else:
            assert following[node] in neighbours[node]
            assert distance[following[node]] == distance[node] - 1


@given(count=st.integers(1, 30), pairs=st.lists(st.tuples(st.integers(0, 29), st.integers(0, 29)), max_size=60))
@settings(max_examples=100, deadline=None)
def test_few_and_many_edges_give_the_same_trees(count: int, pairs: list[tuple[int, int]]) -> None:
    left, right = (np.array([pair[side] % count for pair in pairs], np.int32) for side in (0, 1))
    for one, other in zip(few(count, left, right), many(count, left, right), strict=True):
        assert one.tolist() == other.tolist()


def history(connection: duckdb.DuckDBPyConnection) -> list[tuple[Any, ...]]:
    """Rows that hold no more, with nodes for the persons that are named after them."""
    found = connection.execute(
        "select node, label, replaced_by, reason, via_left_node, via_right_node, run_id from labels"
        " where replaced_by is not null order by run_id, node"
    ).fetchall()
    named = {md5(node.encode()).hexdigest(): node for node in NAMES}
    return [(node, named[label], named[replaced_by], *rest) for node, label, replaced_by, *rest in found]


def test_what_becomes_of_persons_is_kept_with_its_reason(connection: duckdb.DuckDBPyConnection) -> None:
    seen = {"1:0": 4, "2:0": 2, "1:1": 0, "2:1": 6}
    apart: set[Edge] = {("1:0", "2:0"), ("1:1", "2:1")}
    merged: set[Edge] = {*apart, ("1:0", "2:1")}
    build(connection, seen, apart, "apart", anew=True)
    assert history(connection) == []
    build(connection, seen, merged, "merged")
    of_merge = [
        ("1:0", "2:0", "1:1", "merged", "1:0", "2:1", "merged"),
        ("2:0", "2:0", "1:1", "merged", "1:0", "2:1", "merged"),
    ]
    assert history(connection) == of_merge
    # the same again changes nothing, and what was kept stays
    build(connection, seen, merged, "again")
    assert history(connection) == of_merge
    build(connection, seen, apart, "split")
    of_split = [
        ("1:0", "1:1", "2:0", "split", None, None, "split"),
        ("2:0", "1:1", "2:0", "split", None, None, "split"),
    ]
    assert history(connection) == [*of_merge, *of_split]
    # a visit of 2:1 before all others
    build(connection, {**seen, "2:1": -2}, apart, "xearlier")
    assert history(connection)[4:] == [
        (node, "1:1", "2:1", "seen_earlier", None, None, "xearlier") for node in ("1:1", "2:1")
    ]
    # who is gone leaves nothing behind
    build(connection, {"1:0": 4, "1:1": 0, "2:1": -2}, apart, "zgone")
    assert {row[0] for row in history(connection)} == {"1:0", "1:1", "2:1"}
    # whoever was named after it is named after the next
    assert history(connection)[-1] == ("1:0", "2:0", "1:0", "gone", None, None, "zgone")
    # and no link to it stays in the history of others
    build(connection, {"1:0": 4, "1:1": 0, "2:1": -2}, {("1:0", "2:1"), ("1:1", "2:1")}, "zmerged")
    assert history(connection)[-1] == ("1:0", "1:0", "2:1", "merged", "1:0", "2:1", "zmerged")
    assert history(connection)[0] == ("1:0", "2:0", "1:1", "merged", "1:0", "2:1", "merged")
    build(connection, {"1:0": 4, "1:1": 0}, set(), "zzgone")
    assert [row[4:6] for row in history(connection) if row[6] in ("merged", "zmerged")] == [(None, None)] * 2


def test_only_components_that_changed_are_labelled_anew(connection: duckdb.DuckDBPyConnection) -> None:
    seen = {"1:0": 0, "2:0": 2, "1:1": 0, "2:1": 2}
    build(connection, seen, {("1:0", "2:0"), ("1:1", "2:1")}, "first", anew=True)
    build(connection, {**seen, "4:0": 1}, {("1:0", "2:0"), ("1:1", "2:1"), ("2:1", "4:0")}, "second")
    assert connection.execute("select node from numbered order by 1").fetchall() == [("1:1",), ("2:1",), ("4:0",)]
    build(connection, {**seen, "4:0": 1}, {("1:0", "2:0"), ("1:1", "2:1"), ("2:1", "4:0")}, "third")
    assert connection.execute("select node from numbered").fetchall() == []
    assert connection.execute("select column_name from (describe labels)").fetchall() == [(name,) for name in COLUMNS]
