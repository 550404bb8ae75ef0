"""Times a first and a second refresh on the sandbox, stage by stage, our transform against the same models bare, and
each source against dlt's default path and the floor (`benchmarks.sources`), and our journeys against the same by hand
(`benchmarks.journeys`, ten million events; `make bench SCALE=1m|10m|100m|1b` runs only that, on so many).
A refresh that finds nothing new is timed as a process (`benchmarks.fixed_cost`).
KPIs are held against their own SQL run bare (`benchmarks.kpis`); readers ask for the scorecard while the publication is
flipped (`benchmarks.readers`), and pages are opened in a browser (`benchmarks.pages`).
Identity follows on ten million links (`benchmarks.identity`), and Markov against the package
ChannelAttribution (`benchmarks.markov`).

Everything is fresh: an own KPI_HOME, nothing parsed or compiled before. The bare run is dbt's own command on a copy of
the very warehouse, with an own target folder, so that both sides import, parse, build and test the same.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console

from benchmarks import fixed_cost, identity, journeys, kpis, markov, pages, readers, sources
from benchmarks.wire import ROWS_KEY
from cli.progress import Lines
from cli.refresh import show_report
from cli.sandbox import sandboxed
from refresh.measure import Meter
from refresh.plan import RefreshPlan, make_plan
from refresh.run import RefreshReport, StageReport, run
from transform.build import dbt_environment, dbt_vars
from warehouse.layout import DBT_PROJECT, WAREHOUSE_FILE
from warehouse.settings import as_of_now, load_settings


def main() -> None:
    screen = Console(highlight=False, width=120)
    with tempfile.TemporaryDirectory(prefix="kpi-bench-") as folder:
        os.environ["KPI_HOME"] = str(Path(folder) / "home")
        with sandboxed() as environment:
            os.environ.update(environment)
            screen.print("[bold]First refresh[/bold], whole history")
            first, plan = refresh(screen)
            screen.print("\n[bold]Second refresh[/bold], restatement windows only")
            second, _ = refresh(screen)
            screen.print("\n[bold]Fixed cost[/bold], nothing new, from the start of a process to its end")
            fixed_cost.main(screen.print, plan.settings)
            screen.print("\n[bold]The same models bare[/bold], dbt's own command on a copy of the warehouse")
            bare = bare_build(plan, Path(folder) / "bare")
            screen.print("\n[bold]KPIs[/bold], all grains and segments, on a copy of the warehouse")
            kpis.main(screen.print, plan.settings, plan.as_of)
            screen.print("\n[bold]Readers[/bold] of the publication while it is flipped")
            readers.main(screen.print, plan.settings.publication)
            screen.print("\n[bold]Pages[/bold] in a browser, until they can be used")
            pages.main(screen.print, plan.settings.dashboards / "current")
    ours = stage(first, "transform")
    screen.print(f"  bare dbt build       {bare.seconds:>6.1f} s {bare.cpu_seconds:>6.1f} CPU s")
    screen.print(f"  our transform stage  {ours.seconds:>6.1f} s {ours.cpu_seconds:>6.1f} CPU s")
    screen.print(
        f"  ratio                {ours.seconds / bare.seconds:>6.2f}   {ours.cpu_seconds / bare.cpu_seconds:>6.2f}"
    )
    screen.print(f"  refresh, first {total(first):.1f} s, second {total(second):.1f} s")
    screen.print("\n[bold]Sources[/bold], over replies that are replayed")
    sources.main(screen, list(ROWS_KEY))
    screen.print()
    journeys.main(screen, journeys.SCALES["10m"])
    screen.print("\n[bold]Identity[/bold], one scan and sort of ten million links against finding the people in them")
    identity.main(screen.print)
    screen.print("\n[bold]Markov[/bold], solved here against simulated by ChannelAttribution")
    markov.main(screen.print)


def refresh(screen: Console) -> tuple[RefreshReport, RefreshPlan]:
    plan = make_plan(load_settings(), as_of=as_of_now())
    report = run(plan, Lines(screen))
    show_report(screen, report)
    return report, plan


def bare_build(plan: RefreshPlan, folder: Path) -> StageReport:
    """What `dbt build` takes on a copy of the warehouse. Raises CalledProcessError when it fails."""
    folder.mkdir()
    warehouse = folder / WAREHOUSE_FILE
    shutil.copyfile(plan.settings.warehouse, warehouse)
    command = [
        # Unit tests are the suite's: no refresh runs them, and some hold for one day only.
        *(str(Path(sys.executable).parent / "dbt"), "build", "--exclude-resource-type", "unit_test"),
        *("--project-dir", str(DBT_PROJECT), "--profiles-dir", str(DBT_PROJECT)),
        *("--target-path", str(folder / "target"), "--log-path", str(folder)),
        *("--quiet", "--vars", json.dumps(dbt_vars(plan.settings, plan.as_of))),
    ]
    given = dbt_environment(warehouse, as_of=plan.as_of, run_id=plan.run_id)
    meter = Meter()
    subprocess.run(command, check=True, env={**os.environ, **given})
    return StageReport("bare", "dbt build", meter.seconds, meter.cpu_seconds, 0, meter.peak_memory_mb)


def stage(report: RefreshReport, name: str) -> StageReport:
    return next(found for found in report.stages if found.stage == name)


def total(report: RefreshReport) -> float:
    return sum(found.seconds for found in report.stages)


if __name__ == "__main__":
    main()
