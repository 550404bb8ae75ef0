"""Runs dbt in this process: parse, or build with its tests, on the warehouse of the settings."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from transform import increments, wholeness
from transform.channels import traffic_vars
from transform.journeys import journey_vars
from transform.refused import Refused, refused_by, remember
from warehouse.attribution import MODELS
from warehouse.connection import writer
from warehouse.errors import CheckFailed, ConfigurationError
from warehouse.layout import DBT_PROJECT
from warehouse.settings import Settings, SourceSettings

if TYPE_CHECKING:
    from dbt.cli.main import dbtRunnerResult


@dataclass(frozen=True)
class BuildReport:
    """What a build did: `models` and `tests` that passed, and the seconds of the whole and of the slowest models.

    `is_full` where everything was built anew; `is_as_before` where no input was another than at the last build, so
    that only what looks at the clock was built; `refused` are the tables that a failed test leaves as they were.
    """

    models: int
    tests: int
    unit_tests: int
    seconds: float
    warnings: tuple[str, ...]
    slowest: tuple[tuple[str, float], ...]
    is_full: bool
    is_as_before: bool
    refused: tuple[Refused, ...] = ()


def dbt_vars(settings: Settings, as_of: datetime) -> dict[str, Any]:
    """The variables that the models take from the settings and the run."""
    business = settings.business
    return {
        "reporting_currency": business.reporting_currency,
        "business_time_zone": business.time_zone,
        "attribution_model": business.attribution_model,
        "attribution_lookback_days": business.attribution_lookback_days,
        "fx_max_age_days": business.fx_max_age_days,
        "attribution_models": list(MODELS),
        **{f"attribution_{name}": value for name, value in settings.attribution.model_dump().items()},
        "as_of_date": as_of.astimezone(settings.zone).date().isoformat(),
        **_meta_goals(settings.source("meta_ads")),
        **{f"identity_{name}": value for name, value in settings.identity.model_dump().items()},
        **traffic_vars(settings),
        **journey_vars(settings),
    }


def _meta_goals(meta_ads: SourceSettings) -> dict[str, list[str]]:
    """The action type of each goal where the settings name one; else dbt_project.yml holds good for any account."""
    chosen = {}
    for goal in ("purchase", "lead"):
        action = str(meta_ads.get(f"{goal}_action", ""))
        if action and not re.fullmatch(r"[\w.]+", action):
            raise ConfigurationError(
                f"config/local.toml: sources.meta_ads.{goal}_action = {action!r}: is no action type of Meta; "
                "write one as raw_meta_ads.ad_actions_daily has it, such as offsite_conversion.fb_pixel_lead"
            )
        if action:
            chosen[f"meta_{goal}_actions"] = [action]
    return chosen


def target_path(settings: Settings) -> Path:
    """The folder of dbt's artefacts (manifest.json, semantic_manifest.json, compiled SQL) of this KPI_HOME."""
    return settings.home / "dbt"


def parse(settings: Settings, *, as_of: datetime) -> Path:
    """Parse the project without touching the warehouse and return the folder of the manifests.

    Raises ConfigurationError with dbt's own first lines when a model or YAML file is wrong.
    """
    result = _invoke(settings, ["parse"], as_of=as_of)
    if not result.success:
        raise ConfigurationError(f"{DBT_PROJECT}: dbt cannot read the project: {_plain(result.exception)}")
    return target_path(settings)


def build(
    settings: Settings,
    *,
    run_id: str,
    as_of: datetime,
    select: str | None = None,
    unit_tests: bool = False,
    is_full: bool = False,
    goes_on: bool = False,
) -> BuildReport:
    """Build and test every model (or those that dbt's selector `select` names) of the warehouse.

    All raw and ops tables must exist (`ingestion.pipeline.ensure_tables`). Unit tests prove the SQL and not the data,
    so they run only on demand: in this project's own tests.
    A build of all models goes on from the last one where it can (`increments.begin`), with the same rows as a result,
    and builds only what looks at the clock where no input is another one (`increments.is_as_built`);
    `is_full` builds everything anew all the same, and so does a build of some models.

    Raises CheckFailed for a failed data test, naming test, model, count and the SQL that shows the rows; with `goes_on`
    the report has it instead, models that rest on what failed stay as they were built last, and all others are built.
    ConfigurationError for a model that does not run, a project that does not parse, and a warehouse that another
    process holds.
    """
    variables = dbt_vars(settings, as_of)
    # A lock or a broken file is told in our words here, before dbt wraps it in its own.
    with writer(settings) as connection:
        is_anew = increments.begin(connection, variables, is_full=is_full or select is not None)
        is_as_before = not is_anew and increments.is_as_built(connection, variables, as_of)
        wholeness.models_begin(connection)
    started = time.monotonic()
    command = [
        "build",
        *(["--select", *(select or increments.CLOCKED).split()] if select or is_as_before else []),
        *([] if unit_tests else ["--exclude-resource-type", "unit_test"]),
        *(["--full-refresh"] if is_anew else []),
    ]
    result = _invoke(settings, command, as_of=as_of, run_id=run_id)
    if result.result is None:
        raise ConfigurationError(f"{DBT_PROJECT}: dbt cannot build: {_plain(result.exception)}")
    outcomes: list[Any] = list(result.result.results)
    failed = [outcome for outcome in outcomes if str(outcome.status) in {"error", "fail", "runtime error"}]
    refused: tuple[Refused, ...] = ()
    if failed and goes_on and _are_tests(failed):
        lines = {outcome.node.unique_id: _test_line(settings, outcome) for outcome in failed}
        refused = refused_by(outcomes, lines, target_path(settings))
    if failed and not refused:
        raise _explain(settings, failed)
    if select is None:
        with writer(settings) as connection:
            remember(connection, refused)
            if not refused:
                increments.complete(connection, variables)
            wholeness.models_end(connection)
    by_kind: dict[str, list[Any]] = {}
    for outcome in outcomes:
        by_kind.setdefault(str(outcome.node.resource_type), []).append(outcome)
    models = by_kind.get("model", [])
    slowest = sorted(models, key=lambda outcome: outcome.execution_time, reverse=True)[:5]
    return BuildReport(
        models=len(models),
        tests=len(by_kind.get("test", [])),
        unit_tests=len(by_kind.get("unit_test", [])),
        seconds=time.monotonic() - started,
        warnings=tuple(_test_line(settings, outcome) for outcome in outcomes if str(outcome.status) == "warn"),
        slowest=tuple((outcome.node.name, round(outcome.execution_time, 2)) for outcome in slowest),
        is_full=is_anew,
        is_as_before=is_as_before,
        refused=refused,
    )


def _are_tests(failed: Iterable[Any]) -> bool:
    return all(str(outcome.node.resource_type) == "test" and str(outcome.status) == "fail" for outcome in failed)


def dbt_environment(warehouse: Path, *, as_of: datetime, run_id: str) -> dict[str, str]:
    """The variables that a build of `warehouse` reads besides `dbt_vars`."""
    return {
        "KPI_WAREHOUSE": str(warehouse),
        # A variable of dbt that changes with every run would make it read the whole project anew each time.
        "KPI_BUILD_AS_OF": as_of.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S"),
        # dbt writes variables of this prefix into its artefacts.
        "DBT_ENV_CUSTOM_ENV_RUN_ID": run_id,
    }


def _invoke(settings: Settings, command: list[str], *, as_of: datetime, run_id: str = "") -> dbtRunnerResult:
    from dbt.cli.main import dbtRunner

    settings.home.mkdir(parents=True, exist_ok=True)
    variables = dbt_vars(settings, as_of)
    environment = dbt_environment(settings.warehouse, as_of=as_of, run_id=run_id)
    # Among dbt's variables, a new day would make it read the whole project anew.
    environment["KPI_BUILD_AS_OF_DATE"] = variables.pop("as_of_date")
    arguments = [
        *command,
        *("--project-dir", str(DBT_PROJECT), "--profiles-dir", str(DBT_PROJECT)),
        *("--target-path", str(target_path(settings)), "--log-path", str(settings.logs)),
        *("--log-level", "none", "--log-level-file", "info", "--no-use-colors", "--quiet"),
        *("--vars", orjson.dumps(variables).decode()),
    ]
    with _environment(environment):
        try:
            return dbtRunner().invoke(arguments)
        finally:
            _release()


@contextmanager
def _environment(variables: dict[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _release() -> None:
    """Close dbt's connections: in process they would hold the warehouse's lock until the process ends."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager

    DuckDBConnectionManager.close_all_connections()


def _explain(settings: Settings, failed: list[Any]) -> Exception:
    # A model that does not run is the cause of the tests that fail after it, and a double key of most others.
    first = min(
        failed,
        key=lambda outcome: (
            str(outcome.node.resource_type) != "model",
            not outcome.node.name.startswith("primary_key"),
            outcome.node.name,
        ),
    )
    more = f" (and {len(failed) - 1} more: {settings.logs / 'dbt.log'})" if len(failed) > 1 else ""
    if str(first.node.resource_type) == "model":
        return ConfigurationError(
            f"{first.node.original_file_path}: model {first.node.name} does not run: {_plain(first.message)}{more}"
        )
    return CheckFailed(_test_line(settings, first) + more)


def _test_line(settings: Settings, outcome: Any) -> str:
    node = outcome.node
    kind = str(node.resource_type)
    if kind == "unit_test":
        return f"unit test {node.name} of model {node.model} fails: {_plain(outcome.message)}"
    tested = getattr(node, "attached_node", None) or next(iter(node.depends_on.nodes), "")
    model = str(tested).rsplit(".", 1)[-1]
    if str(outcome.status) in {"error", "runtime error"}:
        return f"test {node.name} on {model} does not run: {_plain(outcome.message)}"
    sql = target_path(settings) / "compiled" / node.package_name / Path(node.original_file_path)
    if node.original_file_path != node.path and not node.original_file_path.endswith(".sql"):
        sql = sql / node.path
    return (
        f"test {node.name} on {model}: {outcome.failures} rows fail; "
        f"to see them run {sql} on {settings.warehouse}, or read {settings.logs / 'dbt.log'}"
    )


def _plain(message: object) -> str:
    """dbt's message as one line without its indentation."""
    lines = [line.strip() for line in str(message or "unknown error").splitlines()]
    return " ".join(line for line in lines if line)[:400]
