"""Every source as one step that materialises all of its raw tables."""

# No postponed annotations here: Dagster reads the annotations of a step as types.

from collections.abc import Iterator, Mapping
from datetime import timedelta

import dagster as dg

from ingestion.spec import SourceSpec
from orchestration.load_progress import told
from orchestration.run_plan import RefreshRun, one_line
from orchestration.translators import owner, tag
from refresh import steps
from warehouse.errors import KpiError
from warehouse.layout import OPS, raw_schema

POOL = "duckdb_writer"


def raw_tables(specs: Mapping[str, SourceSpec], enabled: set[str]) -> list[dg.AssetsDefinition | dg.AssetSpec]:
    """A loader for each enabled source; the tables of the others are shown, but nothing fills them."""
    found: list[dg.AssetsDefinition | dg.AssetSpec] = []
    for name, spec in specs.items():
        if name in enabled:
            found.append(_loader(spec))
        else:
            found.extend(_tables(spec, is_enabled=False))
    return found


def ops_tables() -> list[dg.AssetSpec]:
    """What loads and builds write of themselves, and checks and models ask; no step of its own makes them."""
    described = {
        "sources": "One row a source: its window and its newest day.",
        "coverage": "One row a table, account and day that was read, a day without data too.",
        "built_days": "What was known of each day of events when the models were last built as a whole.",
    }
    return [
        dg.AssetSpec(
            [OPS, table], description=text, group_name=OPS, owners=[owner("ingestion")], kinds={"dlt", "duckdb"}
        )
        for table, text in described.items()
    ]


def _tables(spec: SourceSpec, *, is_enabled: bool) -> list[dg.AssetSpec]:
    return [
        dg.AssetSpec(
            key=[raw_schema(spec.name), table.name],
            description=f"{spec.title}: {table.description}",
            group_name=raw_schema(spec.name),
            owners=[owner("ingestion")],
            tags={"source": tag(spec.name), "cadence": spec.cadence, "enabled": str(is_enabled).lower()},
            kinds={"dlt", "duckdb"},
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


def _loader(spec: SourceSpec) -> dg.AssetsDefinition:
    @dg.multi_asset(
        name=f"load_{spec.name}",
        specs=_tables(spec, is_enabled=True),
        description=f"Load {spec.title} into {raw_schema(spec.name)} by replacing a window of days.",
        retry_policy=dg.RetryPolicy(max_retries=2, delay=30),
        pool=POOL,
    )
    def load(context: dg.AssetExecutionContext, refresh: RefreshRun) -> Iterator[dg.MaterializeResult[None]]:
        window = refresh.plan.windows[spec.name]
        try:
            with told(context.log.info) as watch:
                report = steps.ingest(refresh.plan, spec.name, watch)
        except KpiError as error:
            raise one_line(error) from None
        for warning in report.warnings:
            context.log.warning(warning)
        for table in spec.tables:
            yield dg.MaterializeResult(
                asset_key=[raw_schema(spec.name), table.name],
                metadata={
                    "dagster/row_count": report.tables.get(table.name, 0),
                    "window": f"{window.start} to {window.end}",
                    "newest data day": str(report.newest_data_day),
                    "requests": report.requests,
                    "seconds": report.seconds,
                },
            )

    return load
