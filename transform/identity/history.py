"""What became of persons that are no more: the labels that identifiers had, each with why it went and by which link."""

from __future__ import annotations

from datetime import datetime

import duckdb


def remember(connection: duckdb.DuckDBPyConnection, built_at: datetime, run_id: str) -> None:
    """Write the rows that hold no more into the table `replaced`, out of the tables that `labels.relabel` made."""
    connection.execute(
        f"""
        create or replace temp table moved as
        select * from labelled where label_before <> label;
        create or replace temp table replaced as
        with fates as (
            select
                label_before,
                count(distinct label) > 1 as is_split
            from labelled
            where label_before in (select label_before from moved)
            group by label_before
        ),
        origins as (
            select
                label,
                count(distinct label_before) > 1 as is_merged
            from labelled
            where label in (select label from moved)
            group by label
        ),
        both_ways as (
            select left_number as one, right_number as other, *, true as is_left from numbered_edges
            union all
            select right_number as one, left_number as other, *, false as is_left from numbered_edges
        ),
        -- the link that ties what was of the old label to what was not, of another person before what is new
        ties as (
            select
                moved.label_before,
                moved.label,
                case when both_ways.is_left then moved.node else theirs.node end as left_node,
                case when both_ways.is_left then theirs.node else moved.node end as right_node,
                both_ways.rule,
                both_ways.first_seen_at,
                theirs.label_before is null as is_new
            from moved
            inner join both_ways on moved.number = both_ways.one
            inner join labelled as theirs on both_ways.other = theirs.number
            where moved.label_before is distinct from theirs.label_before
        ),
        via as (
            select * from ties
            qualify row_number() over (
                partition by label_before, label order by is_new, first_seen_at, left_node, right_node
            ) = 1
        )
        select
            known.* replace (
                md5(known.label) as label,
                md5(moved.label) as replaced_by,
                cast(null as varchar) as linked_node,
                case
                    when fates.is_split then 'split'
                    when origins.is_merged then 'merged'
                    when moved.label_before in (select node from numbered) then 'seen_earlier'
                    else 'gone'
                end as reason,
                via.left_node as via_left_node,
                via.right_node as via_right_node,
                via.rule as via_rule,
                via.first_seen_at as via_seen_at,
                timestamp '{built_at.replace(tzinfo=None).isoformat(sep=" ")}' as replaced_at,
                '{run_id.replace("'", "''")}' as run_id
            )
        from moved
        inner join labels_before as known on moved.node = known.node and known.replaced_by is null
        inner join fates on moved.label_before = fates.label_before
        inner join origins on moved.label = origins.label
        left join via on moved.label_before = via.label_before and moved.label = via.label
        """
    )
