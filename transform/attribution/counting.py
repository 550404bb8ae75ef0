"""What the models need of counted paths, counted further by DuckDB: a table of paths is many times as long."""

from __future__ import annotations

import duckdb

from transform.attribution.journeys import Counted
from transform.attribution.markov import Move

# A state is what the last visits were; before the first it is none.
_MOVES = """
select
    conversion_type,
    path[greatest(place - {order} + 1, 1):place] as source,
    case when place < len(path) then path[greatest(place - {order} + 2, 1):place + 1] end as target,
    cast(sum(conversions + non_conversions) as bigint) as journeys,
    cast(sum(case when place = len(path) then conversions else 0 end) as bigint) as conversions,
    cast(sum(case when place = len(path) then value else 0 end) as double) as value
from (select *, unnest(range(len(path) + 1)) as place from counted_paths)
where len(path) > 0 and conversions + non_conversions > 0
group by all
"""
_SETS = """
select
    conversion_type,
    channel_set,
    cast(sum(conversions) as bigint) as conversions,
    cast(sum(non_conversions) as bigint) as non_conversions,
    cast(sum(value) as double) as value
from counted_paths
group by conversion_type, channel_set
"""


def moves(paths: duckdb.DuckDBPyRelation, order: int) -> dict[str, list[Move]]:
    """Every move of a chain of `order`, by conversion type. Of `int_attribution_paths` or a table with its columns."""
    found: dict[str, list[Move]] = {}
    for kind, source, target, *counts in paths.query("counted_paths", _MOVES.format(order=order)).fetchall():
        found.setdefault(kind, []).append(Move(tuple(source), tuple(target) if target else None, *counts))
    return found


def sets(paths: duckdb.DuckDBPyRelation) -> dict[str, list[Counted]]:
    """Every set of channels, by conversion type; of the same table."""
    found: dict[str, list[Counted]] = {}
    for kind, channels, *counts in paths.query("counted_paths", _SETS).fetchall():
        found.setdefault(kind, []).append(Counted(tuple(channels), *counts))
    return found
