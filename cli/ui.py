"""`kpi ui`: the Dagster UI and its daemon on this machine."""

from __future__ import annotations

import os
import signal
import socket
import sys
from pathlib import Path

import click

from cli.process import run_child
from warehouse.errors import ConfigurationError

# One writer: runs wait for each other, and so does everything that opens the warehouse. A run is tried again when its
# process was lost; a step tries again by itself, with longer and longer pauses (orchestration/defs/raw.py). Ticks of
# schedules are kept as long as somebody may ask why one did not run; runs are `keep_runs_days`.
DAGSTER_YAML = """\
telemetry:
  enabled: false
nux:
  enabled: false
concurrency:
  runs:
    max_concurrent_runs: 1
  pools:
    default_limit: 1
    granularity: op
run_retries:
  enabled: true
  max_retries: 2
  retry_on_asset_or_op_failure: false
run_monitoring:
  enabled: true
  start_timeout_seconds: 600
  cancel_timeout_seconds: 180
  max_runtime_seconds: 43200
  free_slots_after_run_end_seconds: 60
retention:
  schedule:
    purge_after_days: {skipped: 14, success: 180, failure: 180, started: 30}
  sensor:
    purge_after_days: {skipped: 2, success: 30, failure: 90, started: 30}
"""


@click.command(name="ui")
@click.option("--port", type=click.IntRange(1, 65535), default=3000, show_default=True, help="Of http://127.0.0.1.")
@click.option("--settings-only", is_flag=True, help="Write Dagster's settings below KPI_HOME, and end.")
def command(*, port: int, settings_only: bool) -> int:
    """Serve the Dagster UI on this machine, with the daemon that runs the schedules, until Ctrl-C.

    \b
    Examples:
      kpi ui
      kpi sandbox run -- kpi ui --port 3001
      kpi ui --settings-only      # before processes of your own, such as those of deploy/
    """
    from refresh.home import guard
    from warehouse.layout import PROJECT_ROOT
    from warehouse.settings import load_settings

    settings = load_settings()
    guard(settings.home)
    home = dagster_home(settings.home)
    if settings_only:
        click.echo(f"Wrote {home / 'dagster.yaml'}; set DAGSTER_HOME={home}")
        return 0
    bin_folder = Path(sys.executable).parent
    if not (bin_folder / "dg").exists():
        raise ConfigurationError(f"{bin_folder / 'dg'}: is missing; run `make setup` to install the project whole")
    environment = {
        **os.environ,
        "DAGSTER_HOME": str(home),
        "KPI_HOME": str(settings.home),
        "VIRTUAL_ENV": str(Path(sys.prefix)),
        "PATH": os.pathsep.join([str(bin_folder), os.environ.get("PATH", "")]),
    }
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", port)) == 0:
            raise ConfigurationError(f"--port {port}: another program answers there already; name a free port")
    click.echo(f"Dagster on http://127.0.0.1:{port} in about a minute; Ctrl-C stops it.")
    command = [str(bin_folder / "dg"), "dev", "--host", "127.0.0.1", "--port", str(port)]
    # On a SIGTERM, dg ends without its children; on a SIGINT it stops them first.
    return run_child(command, environment, PROJECT_ROOT, stop_with=signal.SIGINT)


def dagster_home(home: Path) -> Path:
    """The folder of Dagster's own state, with its settings written."""
    folder = home / "dagster"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "dagster.yaml").write_text(DAGSTER_YAML, encoding="utf-8")
    return folder
