"""DuckDB's own shell on the publication: read-only, with limits of memory and time."""

from __future__ import annotations

import os
import signal
import tempfile
import threading
from importlib.util import find_spec
from pathlib import Path

import click

from cli.process import run_child
from cli.selecting import Limits
from warehouse.connection import reader
from warehouse.errors import ConfigurationError
from warehouse.layout import PUBLISHED

_PROC = Path("/proc")


def open_shell(publication: Path, bounds: Limits) -> int:
    """Open the shell on the version that is published now; its exit code.

    It stays on that version, whatever is published meanwhile. A statement that computes for longer than the limit is
    interrupted as by Ctrl-C (on Linux; DuckDB itself has no such limit). Raises ConfigurationError when there is no
    publication, or no shell.
    """
    with reader(publication) as connection:
        row = connection.execute(f"select run_id, data_through from {PUBLISHED}.publication").fetchone()
    assert row
    click.echo(
        f"publication {row[0]}, data through {row[1]}, read-only; .tables lists the tables, "
        ".mode csv and .output FILE export, .quit leaves"
    )
    with tempfile.NamedTemporaryFile("w", suffix=".sql", encoding="utf-8") as start:
        start.write(
            ".prompt 'kpi> '\n"
            f"set search_path = '{PUBLISHED}';\n"
            f"set memory_limit = '{bounds.memory}';\n"
            "set temp_directory = '';\n"
            "set timezone = 'UTC';\n"
            "set lock_configuration = true;\n"
        )
        start.flush()
        environment = {"DUCKDB_HISTORY": str(Path.home() / ".kpi_sql_history"), **os.environ}
        command = [str(program()), "-readonly", "-init", start.name, str(publication.resolve())]
        clock = _Clock(bounds.seconds)
        try:
            code = run_child(command, environment, started=clock.start)
        finally:
            clock.stop()
    # It ends with 1 when any statement of the session was wrong, which is no failure of the session.
    return 0 if code == 1 else code


def program() -> Path:
    """The shell's own executable, of the package duckdb-cli. Raises ConfigurationError where it is not installed."""
    spec = find_spec("duckdb_cli")
    folders = list(spec.submodule_search_locations or []) if spec else []
    path = Path(folders[0]) / "duckdb" if folders else Path()
    if not path.is_file():
        raise ConfigurationError("kpi sql: DuckDB's shell is not installed; run `make setup`, or pass a query")
    return path


class _Clock:
    """Interrupts a process whenever it has computed without a pause for too long; waiting for a person is free."""

    def __init__(self, seconds: int) -> None:
        self._seconds = seconds
        self._ended = threading.Event()

    def start(self, process: int) -> None:
        if (_PROC / str(process) / "stat").exists():
            threading.Thread(target=self._watch, args=(process,), daemon=True).start()

    def stop(self) -> None:
        self._ended.set()

    def _watch(self, process: int) -> None:
        busy, before = 0, _ticks(process)
        while not self._ended.wait(1):
            now = _ticks(process)
            # A quarter of a processor at least: under load a statement may get no more, and typing takes less.
            busy = busy + 1 if now - before > os.sysconf("SC_CLK_TCK") // 4 else 0
            before = now
            if busy >= self._seconds:
                os.kill(process, signal.SIGINT)
                click.echo(f"stopped: took longer than {self._seconds} s; --timeout gives it more", err=True)
                busy = 0


def _ticks(process: int) -> int:
    """The processor time of a process so far; 0 when it is gone."""
    try:
        fields = (_PROC / str(process) / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return 0
    return int(fields[11]) + int(fields[12])
