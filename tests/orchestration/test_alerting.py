"""Dagster's sensors tell the services of [alerts] how a run ended, with the line that the terminal would show."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import pytest

from orchestration.alerting import alert_sensors
from tests.alerts.conftest import Receiver, World, receiver, small_publication, world
from warehouse.alerting import Alerts, Service
from warehouse.errors import ConfigurationError
from warehouse.settings import Settings

__all__ = ["receiver", "small_publication", "world"]  # fixtures of the alerts' own tests

LINE = "google_ads: the token was withdrawn; make a new one, put it into .dlt/secrets.toml"


@dg.op
def refused() -> None:
    raise dg.Failure(description=LINE, allow_retries=False)


@dg.op
def broken() -> None:
    raise RuntimeError("whatever stands here may hold a secret")


@dg.resource
def held(_: dg.InitResourceContext) -> None:
    raise ConfigurationError("var/refresh.lock: another refresh of this home is running; wait for it to end")


@dg.op(required_resource_keys={"held"})
def waiting() -> None:
    """Never begins."""


@dg.op
def well() -> None:
    """Ends well."""


@dg.job
def refused_job() -> None:
    refused()


@dg.job
def broken_job() -> None:
    broken()


@dg.job(resource_defs={"held": held})
def held_job() -> None:
    waiting()


@dg.job
def good_job() -> None:
    well()


@pytest.fixture
def told(world: World, receiver: Receiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Receiver:
    """A home with one service; the sensors read its settings when a run has ended."""
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "local.toml").write_text(
        '[alerts]\ndagster_url = "https://dagster.example.com"\n[[alerts.services]]\nname = "team"\n', encoding="utf-8"
    )
    monkeypatch.setenv("KPI_HOME", str(world.settings.home))
    monkeypatch.setenv("KPI_CONFIG", str(tmp_path / "config"))
    monkeypatch.setenv("ALERTS__TEAM", f"json://127.0.0.1:{receiver.port}/")
    return receiver


def _ended(job: dg.JobDefinition, sensor_name: str) -> None:
    """Run `job`, and let the sensor hear how it ended."""
    settings = Settings(home=Path(), alerts=Alerts(services=(Service(name="team"),)))
    sensor = next(sensor for sensor in alert_sensors(settings) if sensor.name == sensor_name)
    with dg.DagsterInstance.ephemeral() as instance:
        result = job.execute_in_process(instance=instance, raise_on_error=False)
        event = result.get_run_success_event() if result.success else result.get_run_failure_event()
        context = dg.build_run_status_sensor_context(
            sensor_name=sensor_name, dagster_event=event, dagster_instance=instance, dagster_run=result.dagster_run
        )
        sensor(context if result.success else context.for_run_failure())


def test_a_failed_run_is_told_with_the_line_of_its_step(told: Receiver) -> None:
    _ended(refused_job, "tell_of_failed_runs")
    ((_, posted),) = told.posted
    assert posted["title"] == "My business: nothing new was published"
    assert f"the last publication stays: {LINE}" in posted["message"]
    assert posted["message"].endswith("Runs: https://dagster.example.com/runs")


def test_of_an_unforeseen_failure_only_its_name_is_told(told: Receiver) -> None:
    _ended(broken_job, "tell_of_failed_runs")
    ((_, posted),) = told.posted
    assert "the step broken failed: unforeseen RuntimeError; the run in the Dagster UI has" in posted["message"]
    assert "secret" not in posted["message"]


def test_a_failure_before_the_first_step_is_told_with_its_line_too(told: Receiver) -> None:
    _ended(held_job, "tell_of_failed_runs")
    ((_, posted),) = told.posted
    assert "the last publication stays: var/refresh.lock: another refresh of this home is running" in posted["message"]


def test_a_run_that_ended_well_tells_what_it_found(told: Receiver) -> None:
    _ended(good_job, "tell_of_refreshes")
    ((_, posted),) = told.posted
    assert "Targets off track\n- Click-through rate" in posted["message"]


def test_a_service_that_is_down_does_not_fail_the_tick(told: Receiver) -> None:
    told.status = 500
    _ended(refused_job, "tell_of_failed_runs")
    assert len(told.posted) == 1


def test_while_nobody_is_to_be_told_there_is_no_sensor() -> None:
    assert alert_sensors(Settings(home=Path())) == []
