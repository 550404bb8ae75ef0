"""Times the KPIs of a home that was refreshed: everything, nothing new, and one new day in every fact.

All of it on a copy of the warehouse. Beside it stand the same compiled statements run bare, and by hand one aggregate
of sessions for all of its grains and segments. To load MetricFlow and compile is timed apart: a refresh finds the SQL
in its cache until a definition changes.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path

import duckdb

from refresh.measure import Meter
from transform.build import target_path
from transform.kpi.changes import Facts
from transform.kpi.compiler import batches_for, compile_requests
from transform.kpi.registry import load_registry
from transform.kpi.store import compute
from warehouse.connection import writer
from warehouse.layout import OPS, WAREHOUSE_FILE
from warehouse.settings import Settings, as_of_now, load_settings

GOALS = {"everything": 30.0, "one new day": 5.0}
BY_HAND = """
    select date_trunc('day', date_day) as day, date_trunc('week', date_day) as week,
        date_trunc('month', date_day) as month, channel, campaign_id, country, device_category, landing_page,
        count(*) as sessions,
        count(*) filter (where is_engaged) as engaged, count(*) filter (where is_converting) as converting,
        count(*) filter (where landing_page is not null) as landed, sum(page_views) as page_views,
        count(*) filter (where landing_page is not null and is_converting) as landed_converting,
        sum(cast(engagement_seconds as decimal(18, 3))) as engagement_seconds,
        count(distinct case when is_new_visitor then person_id end) as new_visitors
    from marts.fct_sessions
    group by grouping sets (
        (day), (day, channel), (week), (week, channel), (week, campaign_id), (week, country), (week, device_category),
        (week, landing_page), (month), (month, channel), (month, campaign_id), (month, country),
        (month, device_category), (month, landing_page)
    )
"""


def main(say: Callable[[str], None], settings: Settings, as_of: datetime) -> None:
    """Say what each part took, against its goal. The home of `settings` is only read."""
    registry = load_registry(settings)
    answers = batches_for(registry)
    with tempfile.TemporaryDirectory(prefix="kpi-values-") as folder:
        home = Path(folder)
        shutil.copyfile(settings.warehouse, home / WAREHOUSE_FILE)
        shutil.copytree(target_path(settings), home / "dbt")
        copy = settings.model_copy(update={"home": home})
        compiling = Meter()
        compiled = compile_requests(answers, target_path(copy), home / "cache")
        _line(say, f"MetricFlow loaded, {len(compiled)} statements compiled", compiling)
        with writer(copy) as con:
            for table in ("kpi_sums", "kpi_days", "kpi_statements"):
                con.execute(f"drop table if exists {OPS}.{table}")
            bare = _bare(say, con, "the same statements bare", compiled.values())
            _bare(
                say,
                con,
                "of them those of sessions",
                [sql for request, sql in compiled.items() if request.name == "sessions"],
            )
            _bare(say, con, "sessions by hand, one statement", [BY_HAND])
            for name in ("everything", "nothing new", "one new day"):
                if name == "one new day":
                    _new_day(con, Facts.read(target_path(copy)))
                meter = Meter()
                values = compute(con, registry, settings=copy, as_of=as_of, run_id="bench")
                ratio = f"{meter.cpu_seconds / bare:.1f} times bare, {values:,} values"
                _line(say, name, meter, f"{ratio}, goal {GOALS[name]:.0f} s" if name in GOALS else ratio)


def _bare(say: Callable[[str], None], con: duckdb.DuckDBPyConnection, name: str, statements: Iterable[str]) -> float:
    """CPU seconds of the statements, each run into a table."""
    meter = Meter()
    for sql in statements:
        con.execute(f"create or replace temp table bare as {sql}")
    _line(say, name, meter)
    return meter.cpu_seconds


def _new_day(con: duckdb.DuckDBPyConnection, facts: Facts) -> None:
    """The newest day of each fact once more, a day later."""
    for relation, day in sorted(facts.days.items()):
        if '."marts".' in relation:
            con.execute(
                f"insert into {relation} select * replace (cast({day} + interval 1 day as date) as {day}) "
                f"from {relation} where {day} = (select max({day}) from {relation})"
            )


def _line(say: Callable[[str], None], name: str, meter: Meter, note: str = "") -> None:
    say(f"  {name:<50} {meter.seconds:>6.1f} s {meter.cpu_seconds:>6.1f} CPU s  {note}".rstrip())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.kpis", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("home", nargs="?", help="a home that was refreshed [default: KPI_HOME]")
    if home := parser.parse_args().home:
        os.environ["KPI_HOME"] = home
    found = load_settings()
    if not found.warehouse.exists():
        sys.exit(f"benchmarks.kpis: {found.home}: no such home was refreshed; run `kpi sandbox demo` first")
    main(print, found, as_of_now())
