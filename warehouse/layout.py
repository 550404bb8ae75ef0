"""Names of schemas and the places of files, each said once."""

from __future__ import annotations

from pathlib import Path

PROJECT_ROOT = Path(__file__).resolve().parent.parent
DBT_PROJECT = PROJECT_ROOT / "transform"

# MetricFlow bakes the file's stem into its SQL as the catalogue name, so the stem never changes.
WAREHOUSE_FILE = "warehouse.duckdb"
CATALOG = "warehouse"

OPS = "ops"
STAGING = "staging"
INTERMEDIATE = "intermediate"
MARTS = "marts"
SEMANTIC = "semantic"
HISTORY = "history"
PUBLISHED = "published"


def raw_schema(source: str) -> str:
    """The schema that holds what was received from `source`."""
    return f"raw_{source}"


def landing_schema(source: str) -> str:
    """The schema that dlt loads into before the window is swapped into the raw schema in one transaction."""
    return f"landing_{source}"
