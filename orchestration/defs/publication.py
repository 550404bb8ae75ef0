"""The publication and the pages made from it: the end of every lineage."""

# No postponed annotations here: Dagster reads the annotations of a step as types.

from collections.abc import Iterable, Iterator

import dagster as dg

from orchestration.costs import Cost, listed, summary
from orchestration.defs.raw import POOL
from orchestration.run_plan import PUBLICATION, RefreshRun, one_line
from orchestration.translators import owner
from refresh import steps
from refresh.measure import Meter
from warehouse.errors import KpiError

PAGES = dg.AssetKey(["dashboards", "index"])


def publication(tables: Iterable[dg.AssetKey]) -> dg.AssetsDefinition:
    """One step: a new immutable version of `tables`, then the pages; what rests on a fault stays as it was."""

    @dg.multi_asset(
        name="publish",
        specs=[
            dg.AssetSpec(
                PUBLICATION,
                deps=sorted(tables),
                description="The version that readers see: serving/kpi.duckdb with its Parquet, CSV and Excel files.",
                group_name="publication",
                owners=[owner("analytics")],
                kinds={"duckdb", "parquet"},
            ),
            dg.AssetSpec(
                PAGES,
                deps=[PUBLICATION],
                description="The pages for people, generated from the publication; they open without a network.",
                group_name="publication",
                owners=[owner("analytics")],
                kinds={"html"},
            ),
        ],
        pool=POOL,
    )
    def publish(context: dg.AssetExecutionContext, refresh: RefreshRun) -> Iterator[dg.MaterializeResult[None]]:
        meter = Meter()
        try:
            # Asked again where it counts: a run that was put together by hand may have left the gate out.
            made = steps.publish(refresh.plan, steps.gate_of(refresh.plan))
        except KpiError as error:
            raise one_line(error) from None
        for warning in made.copied.warnings:
            context.log.warning(warning)
        for line in made.holds.lines:
            context.log.error(f"held: {line}")
        version = made.publication
        cost = refresh.spent(Cost.of("publish, and write the pages", meter, sum(version.rows.values())))
        yield dg.MaterializeResult(
            asset_key=PUBLICATION,
            metadata={
                "path": dg.MetadataValue.path(version.path),
                "data through": str(version.data_through),
                "checks": f"{version.checks_passed}/{version.checks_total} passed",
                "dagster/row_count": sum(version.rows.values()),
                **({"copied to": made.copied.detail} if made.copied.detail else {}),
                **({"held": dg.MetadataValue.md(listed(made.holds.lines))} if made.holds.lines else {}),
                "what the run has cost": dg.MetadataValue.md(summary(refresh.costs)),
                **cost,
            },
        )
        index, *pages = made.pages
        yield dg.MaterializeResult(
            asset_key=PAGES, metadata={"index": dg.MetadataValue.path(index), "pages": len(pages)}
        )

    return publish
