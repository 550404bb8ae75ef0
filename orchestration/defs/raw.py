"""Every source as one step that materialises all of its raw tables."""

# No postponed annotations here: Dagster reads the annotations of a step as types.

from collections.abc import Iterator, Mapping
from datetime import timedelta

import dagster as dg

from ingestion.spec import SourceSpec, TableSpec
from orchestration.costs import Cost
from orchestration.load_progress import told
from orchestration.run_plan import RETRIES, RefreshRun, goes_on, one_line
from orchestration.translators import owner, tag
from refresh import steps
from refresh.measure import Meter
from refresh.results import quota_left
from warehouse.errors import KpiError
from warehouse.layout import OPS, raw_schema

POOL = "duckdb_writer"
LOADED = "is_loaded"


def raw_tables(
    specs: Mapping[str, SourceSpec], enabled: set[str], days: dg.DailyPartitionsDefinition
) -> list[dg.AssetsDefinition | dg.AssetSpec]:
    """A loader for each enabled source; the tables of the others are shown, but nothing fills them.

    Tables that are read by window have a partition for each of `days`; snapshots have none.
    """
    found: list[dg.AssetsDefinition | dg.AssetSpec] = []
    for name, spec in specs.items():
        if name in enabled:
            found.append(_loader(spec, days))
        else:
            found.extend(_tables(spec))
    return found


def ops_tables() -> list[dg.AssetSpec]:
    """What loads and builds write of themselves, and checks and models ask; no step of its own makes them."""
    described = {
        "sources": "One row a source: its window and its newest day.",
        "loads": "One row a load: its window, what it brought and cost, and how it ended.",
        "coverage": "One row a table, account and day that was read, a day without data too.",
        "requests": "One row a request, with what the vendor said of its numbers: sampled, thresholded, cut.",
        "source_tables": "What each source declares of its raw tables: columns, key and the day that windows go by.",
        "built_days": "What was known of each day of events when the models were last built as a whole.",
    }
    return [
        dg.AssetSpec(
            [OPS, table], description=text, group_name=OPS, owners=[owner("ingestion")], kinds={"dlt", "duckdb"}
        )
        for table, text in described.items()
    ]


def daily_tables(specs: Mapping[str, SourceSpec], enabled: set[str]) -> list[dg.AssetKey]:
    """The tables of enabled sources that have a partition a day."""
    return [_key(specs[name], table) for name in sorted(enabled) for table in specs[name].tables if table.window_column]


def _key(spec: SourceSpec, table: TableSpec) -> dg.AssetKey:
    return dg.AssetKey([raw_schema(spec.name), table.name])


def _tables(spec: SourceSpec, days: dg.DailyPartitionsDefinition | None = None) -> list[dg.AssetSpec]:
    is_enabled = days is not None
    return [
        dg.AssetSpec(
            key=_key(spec, table),
            description=f"{spec.title}: {table.description}",
            group_name=raw_schema(spec.name),
            owners=[owner("ingestion")],
            tags={"source": tag(spec.name), "cadence": spec.cadence, "enabled": str(is_enabled).lower()},
            kinds={"dlt", "duckdb"},
            partitions_def=days if table.window_column else None,
            metadata={
                "primary key": ", ".join(table.primary_key),
                "window column": table.window_column or "none: each load replaces the whole table",
                "restatement days": spec.restatement_days,
                "columns": dg.MetadataValue.table_schema(
                    dg.TableSchema([dg.TableColumn(column, kind) for column, kind in table.columns.items()])
                ),
            },
            # A run that did not happen; data that are old although it did are the gate's to find.
            freshness_policy=dg.FreshnessPolicy.time_window(fail_window=timedelta(hours=spec.max_data_age_hours + 24))
            if is_enabled
            else None,
        )
        for table in spec.tables
    ]


def _loader(spec: SourceSpec, days: dg.DailyPartitionsDefinition) -> dg.AssetsDefinition:
    @dg.multi_asset(
        name=f"load_{spec.name}",
        specs=_tables(spec, days),
        check_specs=[_is_loaded(spec)],
        description=f"Load {spec.title} into {raw_schema(spec.name)} by replacing a window of days.",
        retry_policy=RETRIES,
        # A vendor is asked for a range of days in one go, as a first load is.
        backfill_policy=dg.BackfillPolicy.single_run(),
        can_subset=True,
        pool=POOL,
    )
    def load(
        context: dg.AssetExecutionContext, refresh: RefreshRun
    ) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
        window, meter = refresh.plan.windows[spec.name], Meter()
        try:
            with told(context.log.info) as watch:
                report = steps.ingest(refresh.plan, spec.name, watch)
        except KpiError as error:
            if not goes_on(context, refresh, error):
                raise one_line(error) from None
            yield from _kept(spec, context, str(error))
            return
        for warning in report.warnings:
            context.log.warning(warning)
        quota = quota_left(refresh.plan, report.load_id)
        cost = refresh.spent(Cost.of(f"load {spec.title}", meter, report.rows, report.requests, quota))
        # The source is read as a whole, whichever of its tables were asked for.
        for table in spec.tables:
            if _key(spec, table) not in context.selected_asset_keys:
                continue
            yield dg.MaterializeResult(
                asset_key=_key(spec, table),
                metadata={
                    "dagster/row_count": report.tables.get(table.name, 0),
                    "window": f"{window.start} to {window.end}",
                    "newest data day": str(report.newest_data_day),
                    "seconds waited for the vendor": report.wait_seconds,
                    **cost,
                },
            )
        yield from _told(spec, context, passed=True)

    return load


def _is_loaded(spec: SourceSpec) -> dg.AssetCheckSpec:
    return dg.AssetCheckSpec(
        LOADED,
        asset=_key(spec, spec.tables[0]),
        description=f"The last load of {spec.title} came to its end. If not, what rests on it stays as it was.",
    )


def _kept(
    spec: SourceSpec, context: dg.AssetExecutionContext, line: str
) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    """The tables as they were, so that the steps after them run; a failed check says that nothing was loaded."""
    context.log.error(line)
    for table in spec.tables:
        if _key(spec, table) in context.selected_asset_keys:
            yield dg.MaterializeResult(asset_key=_key(spec, table), metadata={"not loaded, kept as it was": line})
    yield from _told(spec, context, passed=False, line=line)


def _told(
    spec: SourceSpec, context: dg.AssetExecutionContext, *, passed: bool, line: str = ""
) -> Iterator[dg.AssetCheckResult]:
    key = _key(spec, spec.tables[0])
    if dg.AssetCheckKey(key, LOADED) in context.selected_asset_check_keys:
        yield dg.AssetCheckResult(
            asset_key=key,
            check_name=LOADED,
            passed=passed,
            severity=dg.AssetCheckSeverity.ERROR,
            metadata={"what failed": line} if line else {},
        )
