"""Parts of a price that cost more than chance explains: money that wins elsewhere what it does not win here.

A part that spends `spent` at the price of all parts together would win `spent / price` cases. How many it does win then
follows a Poisson law; a part is told where so few, or fewer, have a chance below the rule's.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from math import floor
from typing import Any

import duckdb
from scipy.special import pdtr

from transform.kpi.advice_rules import Part
from transform.kpi.facts import NOT_SET
from transform.kpi.periods import shift
from transform.kpi.registry import Kpi
from warehouse.tables import KPI_VALUES

_SUMS = f"""
select
    segment_value, any_value(segment_label) as label, max(period_start) as period_start,
    sum(numerator) as spent, coalesce(sum(denominator), 0) as won, bool_and(is_final) as is_final
from {KPI_VALUES.relation}
where kpi = $kpi and grain = 'month' and segment_dimension = $segment and is_complete
    and period_start between $first and $last and numerator is not null
group by segment_value
order by segment_value
"""


def dear_parts(connection: duckdb.DuckDBPyConnection, kpi: Kpi, part: Part) -> list[dict[str, Any]]:
    """A row for each part of `kpi` that is dear beyond chance, in the form of a flag of `kpi_anomalies`.

    Over the newest `part.months` complete months. Money is in the reporting currency.
    """
    (last,) = connection.execute(
        f"select max(period_start) from {KPI_VALUES.relation} where kpi = ? and grain = 'month' "
        "and segment_dimension = '' and is_complete",
        [kpi.name],
    ).fetchone() or (None,)
    if last is None:
        return []
    whole = _sums(connection, kpi, "", last, part.months)
    if not whole or not whole[0]["won"]:
        return []
    price = whole[0]["spent"] / whole[0]["won"]
    found = []
    for row in _sums(connection, kpi, part.segment, last, part.months):
        if row["segment_value"] != NOT_SET and is_dear(row["spent"], row["won"], price, part.chance):
            found.append(_flag(kpi, part, row, price, last))
    return found


def is_dear(spent: float, won: float, price: float, chance: float) -> bool:
    """Whether so few cases for the money are less likely than `chance`, where each costs `price`."""
    expected = spent / price
    return won < expected and float(pdtr(floor(won), expected)) < chance


def _sums(
    connection: duckdb.DuckDBPyConnection, kpi: Kpi, segment: str, last: date, months: int
) -> list[dict[str, Any]]:
    result = connection.execute(
        _SUMS, {"kpi": kpi.name, "segment": segment, "first": shift(last, "month", 1 - months), "last": last}
    )
    names = [column[0] for column in result.description or []]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def _flag(kpi: Kpi, part: Part, row: Mapping[str, Any], price: float, last: date) -> dict[str, Any]:
    return {
        "kpi": kpi.name,
        "grain": "month",
        "period_start": last,
        "segment_dimension": part.segment,
        "segment_value": row["segment_value"],
        "label": row["label"],
        "value": row["spent"] / row["won"] if row["won"] else None,
        "expected": price,
        "denominator": row["won"],
        "state": "anomaly" if row["is_final"] else "held_back",
        "months": part.months,
        "spent": row["spent"],
        "elsewhere": row["spent"] / price,
        "lost": row["spent"] - row["won"] * price,
    }
