"""dlt's part of a load: what the source yields, held to its contract, as parquet into the landing schema."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from functools import partial
from typing import Any

import duckdb

from ingestion.catalog import Source
from ingestion.context import LoadContext
from ingestion.contracts import conform
from ingestion.http import LoadStopped
from ingestion.spec import SourceSpec
from warehouse.errors import ConfigurationError, KpiError
from warehouse.layout import landing_schema
from warehouse.settings import Settings


def land(
    con: duckdb.DuckDBPyConnection, source: Source, context: LoadContext, settings: Settings
) -> tuple[str, list[str]]:
    """Run the source into an empty landing schema; the load's id, and the tables that the source took part with.

    Raises ConfigurationError with one line for what the source, its contract or the vendor's reply made impossible.
    """
    import dlt

    spec, home = source.spec, settings.home / "dlt"
    clear(con, spec)
    # A package that a killed load left behind would be loaded instead of the new one.
    shutil.rmtree(home / spec.name, ignore_errors=True)
    pipeline = dlt.pipeline(
        spec.name,
        pipelines_dir=str(home),
        destination=dlt.destinations.duckdb(credentials=con),
        dataset_name=landing_schema(spec.name),
    )
    pipeline.config.restore_from_destination = False
    try:
        resources = [_held_to_contract(context, resource) for resource in source.build(context)]
        info = pipeline.run(resources, loader_file_format="parquet")
        info.raise_on_failed_jobs()
    except Exception as failure:
        explained = _explained(spec, failure)
        if explained is None:
            raise
        if isinstance(explained, KeyboardInterrupt):  # Ctrl-C is no failure, and dlt's report of it tells nothing
            raise explained from None
        raise explained from failure
    finally:
        shutil.rmtree(home / spec.name, ignore_errors=True)
    load_id = info.loads_ids[0] if info.loads_ids else f"{time.time():.7f}"
    return load_id, [resource.name for resource in resources]


def clear(con: duckdb.DuckDBPyConnection, spec: SourceSpec) -> None:
    """Drop what has landed for the source."""
    con.execute(f"drop schema if exists {landing_schema(spec.name)} cascade")


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
    try:
        yield from rows() if callable(rows) else rows
    except LoadStopped as stopped:
        context.stop(table, str(stopped))


def _explained(spec: SourceSpec, failure: Exception) -> BaseException | None:
    """The line for a person, or a person's Ctrl-C, below dlt's own exceptions; None for a failure of another kind."""
    table, seen = "", None
    cause: BaseException | None = failure
    while cause is not None:
        if isinstance(cause, KpiError):
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
    return seen if isinstance(seen, (OSError, duckdb.Error, KeyboardInterrupt)) else None
