"""Events, contacts and deals of a made-up business, written by DuckDB itself into the raw tables."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from ingestion.pipeline import ensure_tables
from warehouse.connection import writer
from warehouse.settings import Settings

EVENTS_A_VISIT = 5
# The history ends here; the last deal is won within the sixty days after it.
LAST_DAY = datetime(2026, 7, 1, tzinfo=UTC)
AS_OF = datetime(2026, 9, 15, 8, tzinfo=UTC)
_FOLDER = Path(__file__).parent


def generate(settings: Settings, events: int, *, days: int, seed: int = 1) -> None:
    """Fill an empty warehouse with about so many events, in so many days but the last; the same call, the same rows."""
    visits = events // EVENTS_A_VISIT
    _write(settings, visits, days, seed, range(visits - visits // days))


def add_last_day(settings: Settings, events: int, *, days: int, seed: int = 1) -> None:
    """The day that `generate` held back."""
    visits = events // EVENTS_A_VISIT
    _write(settings, visits, days, seed, range(visits - visits // days, visits))


def _write(settings: Settings, visits: int, days: int, seed: int, numbers: range) -> None:
    values = {
        "visits": visits,
        "days": days,
        "from_visit": numbers.start,
        "to_visit": numbers.stop,
        "seed": seed,
        "first_second": int((LAST_DAY - timedelta(days=days)).timestamp()),
        "loaded_at": LAST_DAY + timedelta(seconds=numbers.start),
    }
    ensure_tables(settings)
    with writer(settings) as connection:
        connection.execute("set threads = 2; set memory_limit = '4GB'")
        for name in ("visits.sql", "customers.sql"):
            for statement in (_FOLDER / name).read_text(encoding="utf-8").split(";\n"):
                used = {key: value for key, value in values.items() if f"${key}" in statement}
                connection.execute(statement, used)
