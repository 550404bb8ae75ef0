"""The person of every identifier, found anew only where something changed, and the memory of what it was before."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import duckdb

from transform.identity.components import trees

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


def relabel(
    connection: duckdb.DuckDBPyConnection,
    *,
    nodes: str,
    edges: str,
    before: str | None,
    built_at: datetime,
    run_id: str,
) -> duckdb.DuckDBPyRelation:
    """Labels of all `nodes` (node, is_recorded, first_seen_at) by `edges` (left_node, right_node, rule, first_seen_at).

    The label of a component is the node of it that has a record of its own and was seen first; ties go by the node's
    text. `linked_node` is the next one on the shortest way to it, by a link of `link_rule`. `before` names the labels
    of the last time, with COLUMNS: components of which no node and no edge changed are taken from there. The rows that
    hold now depend on nodes and edges alone. Nodes that exist no more leave nothing behind, and no history.
    """
    _find_what_changed(connection, nodes, edges, before)
    _label(connection)
    _remember(connection, built_at, run_id)
    return connection.sql(
        f"""
        select {", ".join(COLUMNS)} from labels_before
        where replaced_by is null and node not in (select node from affected) and node in (select node from digests)
        union all by name
        select node, label, first_seen_at, linked_node, link_rule, link_seen_at, digest,
            {", ".join(f"cast(null as {kind}) as {name}" for name, kind in list(COLUMNS.items())[7:])}
        from labelled
        union all by name
        select {", ".join(COLUMNS)} from labels_before
        where replaced_by is not null and node in (select node from digests)
        union all by name
        select {", ".join(COLUMNS)} from replaced
        """
    )


def _find_what_changed(connection: duckdb.DuckDBPyConnection, nodes: str, edges: str, before: str | None) -> None:
    """The nodes of every component, old or new, that is not as it was."""
    empty = ", ".join(f"cast(null as {kind}) as {name}" for name, kind in COLUMNS.items())
    connection.execute(
        f"""
        create or replace temp view labels_before as {f"from {before}" if before else f"select {empty} where false"};
        create or replace temp table digests as
        with ends as (
            select left_node as node, hash(right_node, rule, first_seen_at) as digest from {edges}
            union all
            select right_node as node, hash(left_node, rule, first_seen_at) as digest from {edges}
            union all
            select node, hash(is_recorded, first_seen_at) as digest from {nodes}
        )
        select node, bit_xor(digest) as digest from ends group by node;
        create or replace temp table affected as
        with compared as (
            select
                coalesce(digests.node, known.node) as node,
                known.label,
                digests.digest is not distinct from known.digest as is_same
            from digests
            full outer join (from labels_before where replaced_by is null) as known on digests.node = known.node
        )
        select node, label as label_before from compared
        where not is_same or label in (select label from compared where not is_same);
        create or replace temp table numbered as
        select
            cast(row_number() over (
                order by nodes.is_recorded desc, nodes.first_seen_at nulls last, nodes.node
            ) - 1 as integer) as number,
            nodes.node,
            nodes.first_seen_at,
            digests.digest,
            affected.label_before
        from {nodes} as nodes
        inner join affected on nodes.node = affected.node
        inner join digests on nodes.node = digests.node;
        create or replace temp table numbered_edges as
        select
            lefts.number as left_number,
            rights.number as right_number,
            edges.left_node,
            edges.right_node,
            edges.rule,
            edges.first_seen_at
        from {edges} as edges
        inner join numbered as lefts on edges.left_node = lefts.node
        inner join numbered as rights on edges.right_node = rights.node;
        """
    )


def _label(connection: duckdb.DuckDBPyConnection) -> None:
    count = _number(connection, "select count(*) from numbered")
    pairs = connection.execute("select left_number, right_number from numbered_edges").fetchnumpy()
    roots, following = trees(count, pairs["left_number"], pairs["right_number"])
    connection.register("found", {"root": roots, "next": following})
    connection.execute(
        """
        create or replace temp table ways as
        select
            cast(row_number() over () - 1 as integer) as number,
            root,
            nullif(next, cast(row_number() over () - 1 as integer)) as next
        from found;
        create or replace temp table labelled as
        with links as (
            select
                least(left_number, right_number) as smaller,
                greatest(left_number, right_number) as greater,
                min(rule) as rule,
                min(first_seen_at) as first_seen_at
            from numbered_edges
            group by all
        )
        select
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


def _remember(connection: duckdb.DuckDBPyConnection, built_at: datetime, run_id: str) -> None:
    """The rows that hold no more, each with why and by which link."""
    connection.execute(
        f"""
        create or replace temp table replaced as
        with fates as (
            select
                label_before,
                count(distinct label) > 1 as is_split
            from labelled where label_before is not null group by label_before
        ),
        origins as (
            select
                label,
                count(distinct label_before) > 1 as is_merged
            from labelled where label_before is not null group by label
        ),
        -- the link that ties what was of the old label to what was not, of another person before what is new
        ties as (
            select
                ours.label_before,
                ours.label,
                edges.left_node,
                edges.right_node,
                edges.rule,
                edges.first_seen_at,
                theirs.label_before is null as is_new
            from labelled as ours
            inner join (
                select left_node as one, right_node as other, * from numbered_edges
                union all
                select right_node as one, left_node as other, * from numbered_edges
            ) as edges on ours.node = edges.one
            inner join labelled as theirs on edges.other = theirs.node
            where
                ours.label_before <> ours.label
                and ours.label_before is distinct from theirs.label_before
        ),
        via as (
            select * from ties
            qualify row_number() over (
                partition by label_before, label order by is_new, first_seen_at, left_node, right_node
            ) = 1
        )
        select
            known.* replace (
                labelled.label as replaced_by,
                case
                    when fates.is_split then 'split'
                    when origins.is_merged then 'merged'
                    else 'seen_earlier'
                end as reason,
                via.left_node as via_left_node,
                via.right_node as via_right_node,
                via.rule as via_rule,
                via.first_seen_at as via_seen_at,
                timestamp '{built_at.isoformat(sep=" ")}' as replaced_at,
                '{run_id.replace("'", "''")}' as run_id
            )
        from labelled
        inner join labels_before as known on labelled.node = known.node and known.replaced_by is null
        inner join fates on labelled.label_before = fates.label_before
        inner join origins on labelled.label = origins.label
        left join via on labelled.label_before = via.label_before and labelled.label = via.label
        where labelled.label_before <> labelled.label
        """,
    )


def _number(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    row: tuple[Any, ...] | None = connection.execute(query).fetchone()
    return int(row[0]) if row else 0
