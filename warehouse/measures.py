"""SQL for the value of each KPI and metric over rows of `kpi_values`: ratio of sums, and nothing that is wrong to add.

The same text serves Superset's metrics and the semantic description. It is plain SQL (DuckDB, Postgres), and gives
NULL where rows are asked for that must not be added up: of several grains, of several splits, or of several periods
of a stock.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_THOUSAND = "per_mille_currency"


def measure(definition: Mapping[str, Any], table: str = "") -> str:
    """The SQL expression of a KPI or metric, by its row of `dim_kpi`; columns are written `table.column` where given.

    A publication of an earlier version, whose `dim_kpi` has no `rolls_up`, adds up nothing.
    """
    column = f"{table}." if table else ""
    own = f"{column}kpi = '{definition['kpi']}'"
    rolls_up = definition.get("rolls_up") or "none"

    def part(name: str) -> str:
        return f"case when {own} then {column}{name} end"

    def is_one(name: str) -> str:
        return f"min({part(name)}) = max({part(name)})"

    if rolls_up == "none":
        return f"case when count({part('period_start')}) = 1 then max({part('value')}) end"
    guards = [is_one("grain"), is_one("segment_dimension")]
    if rolls_up.endswith("_in_period"):
        guards.append(is_one("period_start"))
    value = f"sum({part('numerator')})"
    if rolls_up.startswith("ratio"):
        scale = "1000.0 * " if definition["unit"] == _THOUSAND else ""
        value = f"{scale}{value} / nullif(sum({part('denominator')}), 0)"
    # A value that is held back (see null_reason) has none of its own, whatever its parts are.
    return f"case when count({part('value')}) > 0 and {' and '.join(guards)} then {value} end"
