"""dlt's part of a load: what the source yields, held to its contract, as parquet files that a landing schema shows.

The files are read where they lie: loading them into tables first would write every row once more than is needed.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator, Sized
from functools import partial
from typing import Any

import duckdb
import pyarrow as pa

from ingestion.catalog import Source
from ingestion.context import LoadContext
from ingestion.contracts import conform
from ingestion.http import LoadStopped
from ingestion.spec import SourceSpec
from warehouse.errors import ConfigurationError, KpiError
from warehouse.layout import landing_schema
from warehouse.settings import Settings

# A hundredth of what a load may weigh; a day of a small account has some 20 kB.
_GATHERED_BYTES = 8_000_000


def land(
    con: duckdb.DuckDBPyConnection, source: Source, context: LoadContext, settings: Settings
) -> tuple[str, list[str]]:
    """Run the source into an empty landing schema; the load's id, and the tables that the source took part with.

    What landed is there until `clear`. Raises ConfigurationError with one line for what the source, its contract or
    the vendor's reply made impossible.
    """
    import dlt

    spec, home = source.spec, settings.home / "dlt"
    # A package that a killed load left behind would be taken for a part of the new one.
    clear(con, spec, settings)
    pipeline = dlt.pipeline(
        spec.name,
        pipelines_dir=str(home),
        destination=dlt.destinations.duckdb(credentials=con),
        dataset_name=landing_schema(spec.name),
    )
    pipeline.config.restore_from_destination = False
    try:
        resources = [_held_to_contract(context, resource) for resource in source.build(context)]
        pipeline.extract(resources, loader_file_format="parquet")
        load_ids = pipeline.normalize().loads_ids
        _show(con, spec, pipeline, load_ids)
    except BaseException as failure:
        clear(con, spec, settings)
        explained = _explained(spec, failure) if isinstance(failure, Exception) else None
        if explained is None:
            raise
        if isinstance(explained, KeyboardInterrupt):  # Ctrl-C is no failure, and dlt's report of it tells nothing
            raise explained from None
        raise explained from failure
    return load_ids[0] if load_ids else f"{time.time():.7f}", [resource.name for resource in resources]


def clear(con: duckdb.DuckDBPyConnection, spec: SourceSpec, settings: Settings) -> None:
    """Drop what has landed for the source, with its files."""
    con.execute(f"drop schema if exists {landing_schema(spec.name)} cascade")
    shutil.rmtree(settings.home / "dlt" / spec.name, ignore_errors=True)


def _show(con: duckdb.DuckDBPyConnection, spec: SourceSpec, pipeline: Any, load_ids: list[str]) -> None:
    """A view on the files of each table; a column that is not in all of them is NULL in the others."""
    files: dict[str, list[str]] = {}
    for load_id in load_ids:
        for job in pipeline.get_load_package_info(load_id).jobs["new_jobs"]:
            if job.job_file_info.file_format == "parquet":
                files.setdefault(job.job_file_info.table_name, []).append(job.file_path)
    con.execute(f"create schema {landing_schema(spec.name)}")
    for table, paths in files.items():
        listed = ", ".join("'" + path.replace("'", "''") + "'" for path in sorted(paths))
        con.execute(
            f"create view {landing_schema(spec.name)}.{table} as "
            f"select * from read_parquet([{listed}], union_by_name = true)"
        )


def _held_to_contract(context: LoadContext, resource: Any) -> Any:
    spec = context.spec
    try:
        table = spec.table(resource.name)
    except KeyError:
        raise ConfigurationError(
            f"{spec.name}: table {resource.name!r} is not declared; "
            f"add it to the SPEC in ingestion/{spec.name}/__init__.py"
        ) from None
    resource._pipe.replace_gen(partial(_until_stopped, context, table.name, resource._pipe.gen))
    resource.add_step(conform(spec, table, partial(context.set_aside, table.name)))
    resource.apply_hints(
        write_disposition="replace",
        columns={name: {"data_type": kind, "nullable": True} for name, kind in table.columns.items()},
        schema_contract={"tables": "evolve", "columns": "evolve", "data_type": "freeze"},
    )
    return resource


def _until_stopped(context: LoadContext, table: str, rows: Any) -> Iterator[Any]:
    """The rows up to the moment at which the vendor would let the load wait for too long."""
    gathered = Gathered()
    try:
        for part in rows() if callable(rows) else rows:
            context.meter.rows += len(part) if isinstance(part, Sized) else 1
            yield from gathered.add(part)
    except LoadStopped as stopped:
        yield from gathered.rest()
        context.stop(table, str(stopped))
    else:
        yield from gathered.rest()


class Gathered:
    """Puts small Arrow tables together: dlt works out the schema of each that it gets, which takes it 7 ms of CPU."""

    def __init__(self) -> None:
        self._tables: list[pa.Table] = []
        self._bytes = 0

    def add(self, part: Any) -> Iterator[Any]:
        """What is big enough by now, in the order of arrival; what is no Arrow table is passed on at once."""
        if not isinstance(part, pa.Table):
            yield from self.rest()
            yield part
            return
        if self._tables and not part.schema.equals(self._tables[0].schema):
            yield from self.rest()
        self._tables.append(part)
        self._bytes += part.nbytes
        if self._bytes >= _GATHERED_BYTES:
            yield from self.rest()

    def rest(self) -> Iterator[pa.Table]:
        """What has been held back."""
        tables, self._tables, self._bytes = self._tables, [], 0
        if tables:
            yield pa.concat_tables(tables)


def _explained(spec: SourceSpec, failure: Exception) -> BaseException | None:
    """The line for a person, or a person's Ctrl-C, below dlt's own exceptions; None for a failure of another kind."""
    table, seen = "", None
    cause: BaseException | None = failure
    while cause is not None:
        if isinstance(cause, KpiError | KeyboardInterrupt):  # below one that was pressed lies only what was under way
            return cause
        table = getattr(cause, "pipe_name", None) or table
        seen, cause = cause, getattr(cause, "exception", None) or cause.__cause__ or cause.__context__
    if isinstance(seen, (LookupError, TypeError, AttributeError, ValueError)):
        place = f"{spec.name}.{table}" if table else spec.name
        # The text of a ValueError may quote what the vendor sent, which may be personal.
        what = type(seen).__name__ if isinstance(seen, ValueError) else f"{type(seen).__name__}: {seen}"
        return ConfigurationError(
            f"{place}: the vendor's reply is not as documented ({what}); "
            f"check sources.{spec.name}.base_url and api_version, or mend ingestion/{spec.name}"
        )
    return seen if isinstance(seen, (OSError, duckdb.Error)) else None
