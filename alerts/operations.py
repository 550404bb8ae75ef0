"""What an operator is told of: a run that failed, sources that deliver nothing, KPIs that are too old."""

from __future__ import annotations

import hashlib
import re
from datetime import date, datetime

import duckdb

from alerts.alert import Alert, names_of
from ingestion.catalog import discover
from ingestion.records import last_loads
from warehouse.connection import publication_reader, reader
from warehouse.errors import ConfigurationError
from warehouse.settings import Settings
from warehouse.stale import Stale
from warehouse.stale import stale_kpis as held_kpis

# A week or month is read until the next one ends.
_PERIOD_HOURS = {"daily": 0, "weekly": 7 * 24, "monthly": 31 * 24}


def failed_run(line: str) -> Alert:
    """The alert of a refresh that ended with `line`, which holds place and mend. The same line is the same failure."""
    sources = frozenset(name for name in discover() if re.search(rf"\b{name}\b", line))
    digest = _digest(line)
    return Alert(
        kind="failed_run",
        key=f"failed_run:{digest}",
        group=f"failed_run:{digest}",
        title="The refresh failed, and the last publication stays",
        detail=line,
        mend="the line says what to do; docs/runbook.md has more. Then run `kpi refresh`",
        severity="critical",
        about=sources,
    )


def blocked_sources(settings: Settings, now: datetime) -> list[Alert]:
    """Enabled sources whose newest load failed, and those whose newest data is older than they may be at `now`."""
    failures = _failed_loads(settings)
    found = {source: _blocked(source, f"its last load ended early: {line}") for source, line in failures.items()}
    with publication_reader(settings.publication) as connection:
        rows = connection.execute(
            "select source, title, newest_data_day, max_data_age_hours, date_diff('minute', "
            "cast(newest_data_day + 1 as timestamp), ?) / 60.0 as age from published.source_status "
            "where is_enabled and newest_data_day is not null order by source",
            [_utc(now)],
        ).fetchall()
    for source, title, newest, limit, age in rows:
        if source not in found and settings.source(source).enabled and age > limit:
            found[source] = _blocked(
                source, f"{title}: newest day {newest}, {age:.0f} hours ago, where {limit} is the limit"
            )
    return [found[source] for source in sorted(found)]


def stale_kpis(settings: Settings, now: datetime) -> list[Alert]:
    """KPIs that keep their last good values, and those whose newest period with data is too old.

    Too old is what ended longer ago than `max_data_age_hours` and one period allow.
    """
    with publication_reader(settings.publication) as connection:
        rows = connection.execute(
            "select kpi.kpi, kpi.label, kpi.audience, kpi.is_focus, kpi.sources, kpi.cadence, kpi.max_data_age_hours, "
            "max(vals.period_end) from published.dim_kpi as kpi inner join published.kpi_values as vals "
            "on kpi.kpi = vals.kpi and vals.segment_dimension = '' and vals.value is not null "
            "and vals.grain = case kpi.cadence when 'daily' then 'day' when 'weekly' then 'week' else 'month' end "
            "where kpi.kind = 'kpi' and vals.period_end < ? group by all order by kpi.kpi",
            [now.astimezone(settings.zone).date()],
        ).fetchall()
        held = {one.kpi: one for one in held_kpis(connection)}
    found = []
    for name, label, audience, is_focus, sources, cadence, hours, newest in rows:
        limit = hours + _PERIOD_HOURS[cadence]
        told = _held(label, held[name]) if name in held else _late(label, newest, _age(newest, now), limit)
        if told:
            found.append(
                Alert(
                    kind="stale_kpi",
                    key=f"stale_kpi:{name}",
                    severity="warning",
                    about=frozenset({name, *names_of(sources)}),
                    audiences=frozenset(names_of(audience)),
                    is_focus=is_focus,
                    **told,
                )
            )
    return found


def _held(label: str, stale: Stale) -> dict[str, str]:
    """KPIs that are held for one reason are told in one line, which has the reason once."""
    return {
        "group": f"stale_kpi:{_digest(stale.reason)}",
        "title": f"Stale, because {stale.reason}",
        "detail": f"{label} as of {stale.as_of:%Y-%m-%d %H:%M} UTC",
        "mend": stale.mend,
    }


def _late(label: str, newest: date, age: float, limit: int) -> dict[str, str]:
    if age <= limit:
        return {}
    return {
        "group": "stale_kpi",
        "title": "Older than they may be",
        "detail": f"{label} ends {newest} ({age:.0f} hours ago, limit {limit})",
        "mend": "`kpi status` tells which source is late, and whether refreshes run; then `kpi refresh`",
    }


def _digest(line: str) -> str:
    return hashlib.sha256(line.encode()).hexdigest()[:16]


def _failed_loads(settings: Settings) -> dict[str, str]:
    """The line of each enabled source whose newest load failed; none where the warehouse cannot be asked now."""
    if not settings.warehouse.exists():
        return {}
    try:
        with reader(settings.warehouse) as connection:
            loads = last_loads(connection)
    except (ConfigurationError, duckdb.Error):
        return {}
    return {load.source: load.line or "" for load in loads if load.line and settings.source(load.source).enabled}


def _blocked(source: str, detail: str) -> Alert:
    return Alert(
        kind="blocked_source",
        key=f"blocked_source:{source}",
        group=f"blocked_source:{source}",
        title=source,
        detail=detail,
        mend=f"`kpi doctor` tests its credentials; then `kpi refresh --source {source}`",
        severity="critical",
        about=frozenset({source}),
    )


def _age(day: date, now: datetime) -> float:
    end = datetime(day.year, day.month, day.day, tzinfo=now.tzinfo)
    return (now - end).total_seconds() / 3600 - 24


def _utc(now: datetime) -> datetime:
    return now.replace(tzinfo=None)
