"""The person of every identifier, found anew only where something changed, and the memory of what it was before."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import duckdb
import numpy as np

from transform.identity.components import trees
from transform.identity.history import remember
from transform.identity.increment import restricted
from transform.identity.memory import leaving

COLUMNS = {
    "node": "varchar",
    "label": "varchar",
    "first_seen_at": "timestamp",
    "linked_node": "varchar",
    "link_rule": "varchar",
    "link_seen_at": "timestamp",
    "digest": "ubigint",
    "replaced_by": "varchar",
    "reason": "varchar",
    "via_left_node": "varchar",
    "via_right_node": "varchar",
    "via_rule": "varchar",
    "via_seen_at": "timestamp",
    "replaced_at": "timestamp",
    "run_id": "varchar",
}
"""Columns of the labels: those from `replaced_by` on are NULL in rows that hold now, and tell the end of the others."""

# What components and their trees take of memory beside DuckDB, for each node and each edge.
_BYTES = 60
# Of the last time, only what differs and its components are written down: of a new day that is little.
_AFFECTED = """
with known as (
    select node, label, digest from labels_before where replaced_by is null
),
others as (
    select coalesce(digests.node, known.node) as node, known.label
    from digests full outer join known on digests.node = known.node
    where digests.digest is distinct from known.digest
),
found as (
    select node, label from others
    union
    select node, label from known
    where label in (select label from others)
)
select found.node, found.label as label_before, digests.* exclude (node)
from digests right join found on digests.node = found.node
"""
# What `increment.affected` found needs no comparison.
_GIVEN = """
select given.node, given.label as label_before, digests.* exclude (node)
from {only} as given left join digests on given.node = digests.node
"""
_ALL_NEW = "select *, cast(null as varchar) as label_before from digests"


def relabel(
    connection: duckdb.DuckDBPyConnection,
    *,
    nodes: str,
    edges: str,
    before: str | None,
    only: str | None = None,
    built_at: datetime,
    run_id: str,
) -> duckdb.DuckDBPyRelation:
    """Labels of all `nodes` (node, is_recorded, first_seen_at) by `edges` (left_node, right_node, rule, first_seen_at).

    The label of a component is the node of it that has a record of its own and was seen first; ties go by the node's
    text. `linked_node` is the next one on the shortest way to it, by a link of `link_rule`. `before` names the labels
    of the last time, with COLUMNS: components of which no node and no edge changed are taken from there. The rows that
    hold now depend on nodes and edges alone.

    `only` names the nodes that `increment.affected` found: the rows are those of these nodes, and of all others those
    of the last time hold.

    The rows that hold no more have persons in place of nodes for `label` and `replaced_by` (their md5). Nodes that
    exist no more leave nothing behind: no history of theirs, and no link to them in the history of others.
    """
    if only:
        nodes, edges, before = restricted(connection, nodes, edges, before, only)
    _find_what_changed(connection, nodes, edges, before, only)
    _label(connection)
    remember(connection, built_at, run_id)
    now = list(COLUMNS)[:7]
    columns, later = ", ".join(now), list(COLUMNS)[7:]
    nothing = ", ".join(f"cast(null as {COLUMNS[name]}) as {name}" for name in later)
    as_they_were = (
        ""
        if only
        else f"union all by name select {columns}, {nothing} from labels_before "
        "where replaced_by is null and node not in (select node from affected)"
    )
    return connection.sql(
        f"""
        select {columns}, {nothing} from labelled
        {as_they_were}
        union all by name
        select
            {columns},
            replaced_by,
            reason,
            case when is_link_known then via_left_node end as via_left_node,
            case when is_link_known then via_right_node end as via_right_node,
            via_rule,
            via_seen_at,
            replaced_at,
            run_id
        from (
            select
                *,
                via_left_node in (select node from present) and via_right_node in (select node from present)
                    as is_link_known
            from labels_before
            where replaced_by is not null and node in (select node from present)
        )
        union all by name
        select {columns}, {", ".join(later)} from replaced
        """
    )


def _find_what_changed(
    connection: duckdb.DuckDBPyConnection, nodes: str, edges: str, before: str | None, only: str | None
) -> None:
    """Number the nodes and edges of every component, old or new, that is not as it was, in the order of their names.

    A digest hashes twice: DuckDB joins the hashes of columns by exclusive or, as a digest joins its rows, so that a
    moment which a node and its only edge share would leave no trace.
    """
    # what is not among the nodes that may have changed is there as it was
    elsewhere = f"or node not in (select node from {only})" if only else ""
    affected = _GIVEN.format(only=only) if only else _AFFECTED
    if not before:
        affected = f"{_ALL_NEW} limit 0"
    empty = ", ".join(f"cast(null as {kind}) as {name}" for name, kind in COLUMNS.items())
    connection.execute(
        f"""
        create or replace temp view labels_before as {f"from {before}" if before else f"select {empty} where false"};
        create or replace temp table digests as
        with parts as (
            select node, is_recorded, first_seen_at, hash(hash(is_recorded, first_seen_at)) as digest from {nodes}
            union all
            select left_node, null, null, hash(hash(right_node, rule, first_seen_at)) from {edges}
            union all
            select right_node, null, null, hash(hash(left_node, rule, first_seen_at)) from {edges}
        )
        select
            node,
            bool_or(is_recorded) as is_recorded,
            max(first_seen_at) as first_seen_at,
            bit_xor(digest) as digest
        from parts
        group by node;
        create or replace temp table affected as {affected};
        create or replace temp table present as
        with remembered as (
            select node, via_left_node, via_right_node from labels_before where replaced_by is not null
        ),
        named as (
            select node from remembered
            union
            select via_left_node from remembered
            union
            select via_right_node from remembered
        )
        select node from named where node in (select node from digests) {elsewhere};
        create or replace temp table numbered as
        select
            cast(row_number() over (
                order by is_recorded desc, first_seen_at nulls last, node
            ) - 1 as integer) as number,
            *
        from ({"from affected where digest is not null" if before else _ALL_NEW});
        drop table digests;
        create or replace temp table numbered_edges as
        select
            lefts.number as left_number,
            rights.number as right_number,
            edges.rule,
            edges.first_seen_at
        from {edges} as edges
        inner join numbered as lefts on edges.left_node = lefts.node
        inner join numbered as rights on edges.right_node = rights.node;
        """
    )


def _label(connection: duckdb.DuckDBPyConnection) -> None:
    """The root of every numbered node and the link to the next node on the way there."""
    count = _number(connection, "select count(*) from numbered")
    edges = _number(connection, "select count(*) from numbered_edges")
    with leaving(connection, _BYTES * (count + edges)):
        _find_ways(connection, count)


def _find_ways(connection: duckdb.DuckDBPyConnection, count: int) -> None:
    pairs = connection.execute("select left_number, right_number from numbered_edges").fetchnumpy()
    roots, following = trees(count, pairs["left_number"], pairs["right_number"])
    del pairs
    connection.register("found", {"number": np.arange(count, dtype=np.int32), "root": roots, "next": following})
    connection.execute(
        """
        create or replace temp table labelled as
        with ways as (
            select number, root, nullif(next, number) as next from found
        ),
        links as (
            select
                least(left_number, right_number) as smaller,
                greatest(left_number, right_number) as greater,
                min(rule) as rule,
                min(first_seen_at) as first_seen_at
            from numbered_edges
            group by all
        )
        select
            numbered.number,
            ways.root,
            numbered.node,
            roots.node as label,
            numbered.first_seen_at,
            following.node as linked_node,
            links.rule as link_rule,
            links.first_seen_at as link_seen_at,
            numbered.digest,
            numbered.label_before
        from ways
        inner join numbered on ways.number = numbered.number
        inner join numbered as roots on ways.root = roots.number
        left join numbered as following on ways.next = following.number
        left join links
            on least(ways.number, ways.next) = links.smaller and greatest(ways.number, ways.next) = links.greater
        """
    )
    connection.unregister("found")


def _number(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    row: tuple[Any, ...] | None = connection.execute(query).fetchone()
    return int(row[0]) if row else 0
