"""A tiny dbt project: the real semantic models over marts of a few rows, so that every value can be worked out by hand.

The as-of moment is Tuesday 2026-03-10, 09:00 in Berlin: Monday 2026-03-09 is the last complete day.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pytest

from transform.kpi.registry import SEMANTIC_MODELS, Registry, load_registry
from transform.kpi.store import compute
from warehouse.settings import Business, Settings

AS_OF = datetime(2026, 3, 10, 8, tzinfo=UTC)
FOCUS = (
    "brand_search_volume",
    "engagement_rate",
    "conversion_rate",
    "cost_per_lead",
    "customer_acquisition_cost",
    "return_on_investment",
    "retention_rate",
)
# source, enabled, restatement days, newest day with data
SOURCES = [
    ("google_ads", True, 30, date(2026, 3, 9)),
    ("meta_ads", False, 28, None),
    ("ga4_export", True, 3, date(2026, 3, 8)),
    ("hubspot", True, 0, date(2026, 3, 9)),
    ("file_drop", True, 0, date(2026, 2, 28)),
    ("fx_rates", True, 0, date(2026, 3, 6)),
]
# source, last day that was read
LOADS = [
    ("hubspot", date(2026, 3, 8)),
    ("hubspot", date(2026, 3, 9)),
    # read once more for an old month
    ("hubspot", date(2026, 1, 31)),
    ("file_drop", date(2026, 3, 9)),
    ("fx_rates", date(2026, 3, 9)),
]


def settings_in(home: Path, focus: tuple[str, ...] = FOCUS) -> Settings:
    return Settings(home=home, business=Business(reporting_currency="EUR"), focus=focus)


@pytest.fixture(scope="session")
def stub(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of a home whose warehouse was built, and whose manifests were written, by dbt."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    root = tmp_path_factory.mktemp("kpi")
    project = root / "project"
    shutil.copytree(Path(__file__).parent / "project", project)
    shutil.copytree(SEMANTIC_MODELS, project / "models" / "semantic")
    settings = settings_in(root / "home")
    settings.home.mkdir()
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("KPI_WAREHOUSE", str(settings.warehouse))
        paths = [f"--{name}={path}" for name, path in (("project-dir", project), ("profiles-dir", project))]
        target = f"--target-path={settings.home / 'dbt'}"
        result = dbtRunner().invoke(["run", *paths, target, "--quiet", "--log-level-file=none", "--no-use-colors"])
        DuckDBConnectionManager.close_all_connections()
    assert result.success, result.exception or [item.message for item in result.result.results]
    with duckdb.connect(str(settings.warehouse)) as connection:
        connection.execute("create schema ops")
        connection.execute(
            "create table ops.sources (source text, is_enabled boolean, restatement_days int, newest_data_day date)"
        )
        connection.executemany("insert into ops.sources values (?, ?, ?, ?)", SOURCES)
        connection.execute("create table ops.loads (source text, window_end date)")
        connection.executemany("insert into ops.loads values (?, ?)", LOADS)
    return settings


@pytest.fixture(scope="session")
def registry(stub: Settings) -> Registry:
    return load_registry(stub)


@pytest.fixture(scope="session")
def computed(stub: Settings, registry: Registry) -> Iterator[duckdb.DuckDBPyConnection]:
    """The stub's warehouse after `compute`."""
    with duckdb.connect(str(stub.warehouse)) as connection:
        connection.execute("set timezone = 'UTC'")
        compute(connection, registry, settings=stub, as_of=AS_OF, run_id="run-1")
        yield connection
