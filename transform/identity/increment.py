"""The part of the graph that has to be labelled anew, so that the rest of it need not be read into a sort."""

from __future__ import annotations

import duckdb

_WITH_THEIRS = """
with
-- whose history names a link to what may be gone
named as (
    select node from {before}
    where
        replaced_by is not null
        and (via_left_node in (select node from {changed}) or via_right_node in (select node from {changed}))
),
others as (
    select node from {changed}
    union
    select node from named
)
select others.node, known.label
from others
left join {before} as known on others.node = known.node and known.replaced_by is null
union
select node, label
from {before}
where
    replaced_by is null
    and label in (select label from {before} where replaced_by is null and node in (select node from others))
"""


def affected(connection: duckdb.DuckDBPyConnection, *, changed: str, before: str) -> duckdb.DuckDBPyRelation:
    """The nodes that must be labelled anew: those that are `changed`, and all of the components that these were of.

    With each comes the label that it had, NULL where it is new. A node is changed where it came or went, or where a
    moment or an edge of it is another one; so both ends of a new edge are. `before` names the labels of the last time,
    and need not be there where nothing is changed.
    """
    row = connection.execute(f"select exists (from {changed})").fetchone()
    if not row or not row[0]:
        return connection.sql(f"select node, cast(null as varchar) as label from {changed}")
    return connection.sql(_WITH_THEIRS.format(changed=changed, before=before))


def restricted(
    connection: duckdb.DuckDBPyConnection, nodes: str, edges: str, before: str | None, only: str
) -> tuple[str, str, str | None]:
    """Nodes, edges and labels of the last time of the nodes in `only`, which are whole components, then and now.

    Where these are most of all nodes, all nodes and edges: to copy them would only cost more.
    """
    if before:
        theirs = f"node in (select node from {only})"
        connection.execute(f"create or replace temp view only_before as from {before} where {theirs}")
    before = "only_before" if before else None
    row = connection.execute(f"select (select count(*) from {only}) * 2 > (select count(*) from {nodes})").fetchone()
    if row == (True,):
        return nodes, edges, before
    connection.execute(
        f"""
        create or replace temp table only_nodes as from {nodes} where node in (select node from {only});
        create or replace temp table only_edges as from {edges} where left_node in (select node from {only});
        """
    )
    return "only_nodes", "only_edges", before
