"""The command line as a person meets it: help, exit codes and one line for every mistake."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cli import main
from cli.main import COMMANDS, run


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("KPI_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.mark.parametrize("name", [*COMMANDS, "bi superset", "sandbox run", "sandbox serve", "sandbox demo"])
def test_every_command_has_help_with_an_example(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*name.split(), "--help"]) == 0
    assert "Example" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["refrsh"], "no command 'refrsh'; did you mean refresh?"),
        (["refresh", "--cadence", "hourly"], "'hourly' is not one of 'daily', 'weekly', 'monthly'"),
        (["refresh", "--from", "2026-13-01"], "'2026-13-01' is no date; write one such as 2026-11-01"),
        (["refresh", "--as-of", "tomorrow"], "--as-of (KPI_AS_OF) = 'tomorrow'"),
        (["refresh", "--source", "gogle_ads"], "'gogle_ads': no such source; did you mean google_ads"),
        (["scorecard"], "there is no such database yet; run `kpi refresh` first"),
        (["scorecard", "--formt", "json"], "Did you mean '--format'?"),
        (["sql"], "Missing argument 'QUERY'"),
        (["publish"], "there is no warehouse yet; run `kpi refresh` first"),
        (["forget", "Jane"], "the text given is no e-mail address"),
        (["sandbox", "run", "--", "no-such-program"], "'no-such-program': no such command"),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_2(
    arguments: list[str], line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == 2
    said = capsys.readouterr().err
    assert line in said
    assert said.count("\n") == 1
    assert said.startswith("kpi: ")


def test_the_unforeseen_is_one_line_with_the_details_in_a_private_file(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(arguments: object, **_: object) -> None:
        raise ZeroDivisionError("planted")

    monkeypatch.setattr(main.kpi, "main", broken)
    assert run(["status"]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "Traceback" not in said
    (log,) = (home / "logs").glob("error-*.log")
    assert "planted" in log.read_text(encoding="utf-8")
    assert log.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("arguments", [["forget", "jane@example.com"], ["sandbox", "demo"]])
def test_a_home_that_is_a_file_is_one_line(
    arguments: list[str], home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PRIVACY__HASH_KEY", "a key for tests only")
    home.write_text("a file", encoding="utf-8")
    assert run(arguments) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert str(home) in said
    assert "KPI_HOME" in said


def test_the_details_of_the_unforeseen_find_a_place_where_the_home_is_no_folder(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(arguments: object, **_: object) -> None:
        raise ZeroDivisionError("planted")

    monkeypatch.setattr(main.kpi, "main", broken)
    home.write_text("a file", encoding="utf-8")
    assert run(["status"]) == 2
    log = Path(capsys.readouterr().err.strip().rsplit(" ", 1)[-1])
    assert "planted" in log.read_text(encoding="utf-8")
    assert log.stat().st_mode & 0o077 == 0
    log.unlink()


def test_a_port_that_is_taken_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert run(["ui", "--port", str(port)]) == 2
    assert f"--port {port}: another program answers there already" in capsys.readouterr().err


def test_a_reader_that_goes_away_is_no_error() -> None:
    command = f"{sys.executable} -m cli.main --help | head -1"
    done = subprocess.run(["bash", "-o", "pipefail", "-c", command], capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert done.stderr == ""


def test_help_is_there_at_once() -> None:
    started = time.process_time_ns()
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", "import cli.main, cli.scorecard"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert time.process_time_ns() - started < 10**9
    heavy = {"dlt", "dbt", "dagster", "metricflow", "great_expectations", "duckdb", "pydantic", "plotly"}
    imported = {line.rsplit("|", 1)[-1].strip().split(".")[0] for line in done.stderr.splitlines()}
    assert imported & heavy == set()
