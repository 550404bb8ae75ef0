"""Load one source: dlt lands what the vendor returned, then one transaction swaps the window in the raw tables.

A kill at any moment is safe: until the swap commits, the raw tables are as they were, and the next load starts from
an empty landing schema and an empty dlt working directory. dlt's own state is never relied on.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache, partial

import duckdb

from ingestion import catalog, landing, ops, swap
from ingestion.catalog import Source
from ingestion.context import LoadContext, Verdict
from ingestion.coverage import DaysRead
from ingestion.http import LoadStopped
from ingestion.meter import Meter
from ingestion.spec import SourceSpec, Window
from warehouse.connection import writer
from warehouse.errors import ConfigurationError, KpiError
from warehouse.settings import Settings

_SWAP_MEMORY = "1GB"


@dataclass(frozen=True)
class LoadReport:
    """What one load has done; `rows` by table are the rows that now stand for the window."""

    source: str
    load_id: str
    rows: int
    requests: int
    waits: int
    wait_seconds: float
    seconds: float
    tables: dict[str, int]
    warnings: tuple[str, ...]
    newest_data_day: date | None


def load(
    source: Source | str,
    window: Window,
    *,
    settings: Settings,
    as_of: datetime,
    run_id: str,
    con: duckdb.DuckDBPyConnection | None = None,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
    watch: Callable[[Meter], None] = lambda meter: None,
) -> LoadReport:
    """Read `window` of `source` and replace it in the raw tables, all or nothing.

    Raises LoadStopped when the vendor lets the load wait for longer than the budget: the days that were read to their
    end are replaced then, and the next load goes on from there.

    `con` is an open connection to the warehouse; without it one is opened for the time of the load. `watch` is given
    the meter of the load before its first request, to look at while it runs.
    Raises ConfigurationError with one line; the raw tables then hold what they held before.
    """
    source = catalog.get(source) if isinstance(source, str) else source
    context = open_context(source, settings=settings, as_of=as_of, window=window, sleep=sleep, clock=clock)
    context.require()
    watch(context.meter)
    try:
        with _connection(settings, con) as connection:
            _ensure(connection, [source.spec], settings)
            with _failure_kept(connection, context, run_id):
                return _load(connection, source, context, window, settings=settings, run_id=run_id)
    except RuntimeError as error:
        if isinstance(error.__cause__, KeyboardInterrupt):  # DuckDB's words for a person's Ctrl-C
            raise error.__cause__ from None
        raise
    except (OSError, duckdb.IOException, duckdb.OutOfMemoryException) as error:
        first_line = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ConfigurationError(
            f"{source.spec.name}: {settings.home} cannot be written: {first_line}; check its free space and rights; "
            "the raw tables hold what they held before"
        ) from error


def open_context(
    source: Source,
    *,
    settings: Settings,
    as_of: datetime,
    window: Window | None = None,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> LoadContext:
    """A context for `source`, configured by `settings`."""
    its_own = settings.source(source.spec.name)
    return LoadContext(source.spec, its_own, settings.business, as_of, window, sleep, clock)


def probe(source: Source | str, *, settings: Settings, as_of: datetime) -> list[Verdict]:
    """Try out the source's credentials and accounts with cheap calls; never raises for what a person can mend."""
    source = catalog.get(source) if isinstance(source, str) else source
    context = open_context(source, settings=settings, as_of=as_of)
    try:
        context.require()
        return source.probe(context)
    except KpiError as error:
        return [Verdict(False, source.spec.name, str(error))]


def ensure_tables(settings: Settings, con: duckdb.DuckDBPyConnection | None = None) -> None:
    """Create the raw tables of all sources and the ops tables where they are missing; rows stay as they are."""
    with _connection(settings, con) as connection:
        _ensure(connection, [source.spec for source in catalog.discover().values()], settings)


def _ensure(con: duckdb.DuckDBPyConnection, specs: list[SourceSpec], settings: Settings) -> None:
    con.execute("begin")
    try:
        ops.ensure(con, specs, settings)
        for spec in specs:
            swap.ensure_raw(con, spec)
        con.execute("commit")
    except BaseException:
        con.execute("rollback")
        raise


@contextmanager
def _connection(settings: Settings, con: duckdb.DuckDBPyConnection | None) -> Iterator[duckdb.DuckDBPyConnection]:
    if con is not None:
        yield con
    else:
        with writer(settings) as opened:
            yield opened


@contextmanager
def _failure_kept(con: duckdb.DuckDBPyConnection, context: LoadContext, run_id: str) -> Iterator[None]:
    """A load that comes to nothing leaves a row in ops.loads; one that stopped has left its own."""
    started_at = datetime.now(UTC)
    try:
        yield
    except BaseException as failure:
        if not (context.stopped and isinstance(failure, LoadStopped)):
            ops.record_failure(con, context, failure, run_id=run_id, started_at=started_at)
        raise


def _load(
    con: duckdb.DuckDBPyConnection,
    source: Source,
    context: LoadContext,
    window: Window,
    *,
    settings: Settings,
    run_id: str,
) -> LoadReport:
    spec, clock, started_at = source.spec, time.monotonic(), datetime.now(UTC)
    context.previous = partial(swap.held, con, spec)
    days = DaysRead(con, spec.name)
    context.read_at, context.missed = days.read_at, days.missed
    context.requests_since = partial(ops.requests_since, con, spec.name)
    context.resumes_since = cache(partial(ops.resumes_since, con, spec.name))
    load_id, landed = landing.land(con, source, context, settings)
    # The swap of millions of rows weighs no more than this: what is sorted or grouped beyond it goes to disk.
    con.execute(f"set memory_limit = '{_SWAP_MEMORY}'; set preserve_insertion_order = false")
    con.execute("begin")
    try:
        loaded_at = datetime.now(UTC)
        tables = {
            name: swap.replace(con, context, spec.table(name), load_id=load_id, loaded_at=loaded_at)
            for name in landed
            if name not in context.kept
        }
        newest_day = ops.newest_data_day(con, spec, window.end)
        rows, seconds = sum(tables.values()), time.monotonic() - clock
        ops.record(
            con,
            context,
            load_id=load_id,
            run_id=run_id,
            rows=rows,
            started_at=started_at,
            seconds=seconds,
            loaded_at=loaded_at,
            newest_day=newest_day,
        )
        landing.clear(con, spec, settings)
        con.execute("commit")
    except BaseException:
        con.execute("rollback")
        landing.clear(con, spec, settings)
        raise
    finally:
        con.execute("reset memory_limit; reset preserve_insertion_order")
    if context.stopped:
        raise LoadStopped(f"{context.stopped}; the next load goes on after the {rows} rows that were read and kept")
    meter = context.meter
    return LoadReport(
        source=spec.name,
        load_id=load_id,
        rows=rows,
        requests=meter.requests,
        waits=meter.waits,
        wait_seconds=meter.wait_seconds,
        seconds=seconds,
        tables=tables,
        warnings=tuple(context.warnings),
        newest_data_day=newest_day,
    )
