"""The tables that tell as of when each part of a publication is, and why it is no newer."""

from __future__ import annotations

from warehouse.layout import PUBLISHED, SEMANTIC
from warehouse.tables import Table

_STALE = (
    ("is_stale", "boolean not null", "True when the newest run did not prove it, so that its last good state stays."),
    ("stale_reason", "varchar", "What was wrong with what it rests on; NULL where is_stale is false."),
    ("stale_mend", "varchar", "What to do about it; NULL where is_stale is false."),
)
_AS_OF = "The moment that the run which {} took for now, UTC; NULL where there never was {}."

KPI_STATUS = Table(
    SEMANTIC,
    "kpi_status",
    "One row a KPI or metric: as of when its numbers are, and why they are no newer.",
    (
        ("kpi", "varchar primary key", "Name of the KPI or metric, as in dim_kpi."),
        ("as_of", "timestamptz", _AS_OF.format("computed its numbers", "a good one")),
        ("run_id", "varchar", "The run that computed its numbers."),
        *_STALE,
    ),
)
TABLE_STATUS = Table(
    PUBLISHED,
    "table_status",
    "One row a published table that is no KPI's: as of when its rows are, and why they are no newer.",
    (
        ("table_name", "varchar primary key", "Name of the published table."),
        ("as_of", "timestamptz", _AS_OF.format("built its rows", "a good one")),
        ("run_id", "varchar", "The run that built its rows."),
        *_STALE,
    ),
)
