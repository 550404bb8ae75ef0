"""What one refresh reads: its moment, its sources and the window of days of each."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal

import duckdb

from ingestion.catalog import discover
from ingestion.spec import SourceSpec, Window
from refresh.home import guard
from refresh.names import near
from refresh.source_names import check_source_names
from warehouse.connection import reader
from warehouse.errors import ConfigurationError
from warehouse.layout import OPS
from warehouse.settings import Settings

Cadence = Literal["daily", "weekly", "monthly"]
_RANK = {"daily": 0, "weekly": 1, "monthly": 2}
# A clock that is put right by minutes makes no number of days another one.
_CLOCKS_DIFFER = timedelta(hours=1)


@dataclass(frozen=True)
class RefreshPlan:
    """One refresh: every step reads its moment, run id and windows from here."""

    run_id: str
    as_of: datetime
    cadence: Cadence | None
    windows: Mapping[str, Window]
    settings: Settings
    # Build every model from its whole history, where a build would else go on from the last one.
    full_rebuild: bool = False


@dataclass(frozen=True)
class Loaded:
    """What the warehouse knows of a source: the windows that were loaded, and the newest day with data."""

    windows: tuple[Window, ...] = ()
    newest_day: date | None = None


def make_plan(
    settings: Settings,
    *,
    cadence: Cadence | None = None,
    sources: Iterable[str] | None = None,
    start: date | None = None,
    end: date | None = None,
    as_of: datetime,
    is_past_meant: bool = False,
    full_rebuild: bool = False,
) -> RefreshPlan:
    """Decide which days of which sources to read.

    Without `start` and `end`, a source is read from its first day that was never loaded (`history_days` back for a
    first load) or from the start of its restatement window, whichever is older, up to the last complete business day.
    After a pause that window begins where it would have begun a day after the last load: its days were not final yet.

    Raises ConfigurationError for an unknown or disabled source, for a setting that nothing reads, for a window that is
    reversed or not over yet, for a home that holds the sandbox's numbers when the run is not on the sandbox, and for an
    `as_of` before that of the last load where the past is not meant: the clock was set back.
    """
    guard(settings.home)
    check_source_names(settings)
    specs = {name: source.spec for name, source in discover().items()}
    chosen = _choose(settings, specs, cadence, tuple(sources or ()))
    last_day = last_complete_day(settings, as_of)
    _check_window(start, end, last_day)
    loaded, loaded_as_of = _loaded(settings)
    if not is_past_meant:
        _check_clock(as_of, loaded_as_of)
    end = end or last_day
    windows = {
        name: Window(start, end) if start else _window(specs[name], settings, cadence, loaded.get(name, Loaded()), end)
        for name in chosen
    }
    return RefreshPlan(new_run_id(), as_of, cadence, windows, settings, full_rebuild)


def new_run_id() -> str:
    """A name for a run that sorts by time, such as `20261123T080000Z-1a2b3c`."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"


def last_complete_day(settings: Settings, as_of: datetime) -> date:
    """The newest day that is over in the business's time zone."""
    return as_of.astimezone(settings.zone).date() - timedelta(days=1)


def _choose(
    settings: Settings, specs: Mapping[str, SourceSpec], cadence: Cadence | None, asked: tuple[str, ...]
) -> list[str]:
    for name in asked:
        if name not in specs:
            raise ConfigurationError(f"--source {name!r}: no such source; {near(name, specs)}")
    for name in asked:
        if not settings.source(name).enabled:
            raise ConfigurationError(
                f"--source {name}: is not enabled; set enabled = true under [sources.{name}] in config/local.toml"
            )
    names = sorted(set(asked)) or settings.enabled_sources()
    if cadence:
        names = [name for name in names if _RANK[specs[name].cadence] <= _RANK[cadence]]
    if not names:
        raise ConfigurationError(
            "config/local.toml: no source is enabled; set enabled = true under a [sources.*] table"
        )
    return names


def _check_window(start: date | None, end: date | None, last_day: date) -> None:
    if end and end > last_day:
        raise ConfigurationError(f"--to {end}: that day is not over yet; the newest complete day is {last_day}")
    if start and start > (end or last_day):
        raise ConfigurationError(f"--from {start}: is after the last day to read, {end or last_day}")


def _check_clock(as_of: datetime, last: datetime | None) -> None:
    """Older numbers would take the place of newer ones, and what was reported when would no longer be in order."""
    if last and as_of < last - _CLOCKS_DIFFER:
        raise ConfigurationError(
            f"clock: it is {as_of:%Y-%m-%d %H:%M} UTC, and the last load was made as of {last:%Y-%m-%d %H:%M} UTC; "
            f"set the clock right, or run `kpi refresh --as-of {as_of:%Y-%m-%dT%H:%M}` once where that load was wrong"
        )


def _window(spec: SourceSpec, settings: Settings, cadence: Cadence | None, loaded: Loaded, end: date) -> Window:
    restatement = spec.reread_days(cadence)
    oldest = end - timedelta(days=history_days(spec, settings) - 1)
    candidates = [end - timedelta(days=restatement), _first_gap(loaded.windows, oldest, end)]
    if loaded.newest_day:
        candidates.append(loaded.newest_day)
    if loaded.windows:
        last = max(window.end for window in loaded.windows)
        candidates.append(last - timedelta(days=restatement - 1))
    return Window(max(oldest, min(candidates)), end)


def history_days(spec: SourceSpec, settings: Settings) -> int:
    """How many days back a first load of `spec` goes. Raises ConfigurationError for a setting that is no number."""
    value = settings.source(spec.name).get("history_days", spec.history_days)
    try:
        days = int(value)
    except (TypeError, ValueError):
        days = 0
    if days < 1:
        raise ConfigurationError(
            f"config: sources.{spec.name}.history_days = {value!r}: is no number of days; write one such as 400"
        )
    return days


def _first_gap(windows: Iterable[Window], oldest: date, end: date) -> date:
    """The first day from `oldest` on that no loaded window holds; `end` where there is none."""
    day = oldest
    for window in sorted(windows, key=lambda window: window.start):
        if window.start > day:
            break
        day = max(day, window.end + timedelta(days=1))
    return min(day, end)


def _loaded(settings: Settings) -> tuple[dict[str, Loaded], datetime | None]:
    """What is known of each source, and the moment that the last load took for now."""
    if not settings.warehouse.exists():
        return {}, None
    with reader(settings.warehouse) as connection:
        try:
            windows = connection.execute(
                f"select source, window_start, window_end from {OPS}.loads where window_start is not null"
            ).fetchall()
            newest = dict(connection.execute(f"select source, newest_data_day from {OPS}.sources").fetchall())
            # the last one, not the newest: whoever has put a wrong clock right goes on from there
            last = connection.execute(f"select as_of from {OPS}.loads order by rowid desc limit 1").fetchone()
        except duckdb.CatalogException:
            return {}, None
    found: dict[str, list[Window]] = {}
    for source, first, end in windows:
        found.setdefault(source, []).append(Window(first, end))
    known = {name: Loaded(tuple(found.get(name, ())), newest.get(name)) for name in {*found, *newest} if name in found}
    return known, last[0] if last else None
