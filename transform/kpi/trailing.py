"""Windows of several whole months, one that ends with each month, for KPIs of which a month alone holds too few cases.

Each row of a fact is counted in every window that holds its day: the statement of a month is run on the fact with each
row as often as that, dated by the last month of the window. So medians and distinct counts are right too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date

from transform.kpi.changes import RELATION
from transform.kpi.registry import Definition, Kpi
from warehouse.errors import ConfigurationError

MONTHS = (3, 12)


def grain_of(months: int) -> str:
    """The grain of a window of so many months, in `kpi_values`."""
    return f"trailing_{months}_months"


def windows_of(definition: Definition) -> tuple[int, ...]:
    """The lengths in months of the windows that are kept of `definition`."""
    return definition.trailing_months if isinstance(definition, Kpi) else ()


def answered(definitions: Iterable[Definition], months: int) -> tuple[Definition, ...]:
    """Those of `definitions` that have a window of so many months."""
    return tuple(item for item in definitions if months in windows_of(item))


def widened(sql: str, definitions: Iterable[Definition], days: Mapping[str, str], months: int, today: date) -> str:
    """The monthly statement `sql` of `definitions`, of windows that end with each month, the one of `today` included.

    `days` is the column of the day of each fact. Raises ConfigurationError for a statement that reads a relation
    without one, as those do that look into other months: its rows would be in one window alone.
    """

    def spread(match: re.Match[str]) -> str:
        relation = match.group()
        if relation not in days:
            first = next(iter(definitions))
            raise ConfigurationError(
                f"{first.file}: {first.name}: trailing_months: the rows of {relation} are not of one day each, so they "
                "have no windows; leave trailing_months out"
            )
        day = days[relation]
        moved = f"date_trunc('month', fact.{day}) + to_months(ahead.months)"
        return (
            f"(select fact.* replace (cast({moved} as date) as {day}) from {relation} as fact "
            f"cross join (select unnest(range({months}))::integer as months) as ahead "
            f"where {moved} <= date '{today.replace(day=1)}')"
        )

    return RELATION.sub(spread, sql)
