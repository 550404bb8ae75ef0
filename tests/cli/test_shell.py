"""`kpi sql` without a query: DuckDB's shell in a terminal of its own."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pytest

from warehouse.layout import PROJECT_ROOT

_LONG = 120


@dataclass
class Terminal:
    """A shell that is typed into, and all that it has written so far."""

    process: subprocess.Popen[bytes]
    line: int
    text: str = field(default="")

    def until(self, pattern: str) -> str:
        """What was written since the last call, once the pattern is in it."""
        deadline = time.monotonic() + _LONG
        while not re.search(pattern, self.text):
            assert time.monotonic() < deadline, f"no {pattern!r} in {self.text!r}"
            if select.select([self.line], [], [], 1)[0]:
                self.text += os.read(self.line, 65536).decode(errors="replace")
        found, self.text = self.text, ""
        return found

    def type(self, text: str) -> None:
        os.write(self.line, f"{text}\n".encode())


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    serving = tmp_path / "home" / "serving"
    serving.mkdir(parents=True)
    with duckdb.connect(str(serving / "kpi.run-1.duckdb")) as connection:
        connection.execute("create schema published")
        connection.execute(
            "create table published.publication as select 'run-1' as run_id, date '2026-11-22' as data_through"
        )
        connection.execute("create table published.channel_daily as select 'Paid Search' as channel, 7.5 as spend")
    (serving / "kpi.duckdb").symlink_to("kpi.run-1.duckdb")
    ours, theirs = pty.openpty()
    environment = {**os.environ, "KPI_HOME": str(tmp_path / "home"), "HOME": str(tmp_path), "TERM": "dumb"}
    process = subprocess.Popen(
        [sys.executable, "-c", "from cli.main import main; main()", "sql", "--timeout", "2", "--memory", "300MB"],
        stdin=theirs, stdout=theirs, stderr=theirs, env=environment, cwd=PROJECT_ROOT, start_new_session=True,
    )  # fmt: skip
    os.close(theirs)
    yield Terminal(process, ours)
    if process.poll() is None:
        process.kill()
    process.wait()
    os.close(ours)


def test_a_shell_reads_exports_and_is_held_to_its_limits(terminal: Terminal, tmp_path: Path) -> None:
    assert "publication run-1, data through 2026-11-22, read-only" in terminal.until("kpi> ")
    terminal.type("select channel || '!' as loud, current_setting('memory_limit') as room from channel_daily;")
    assert "286.1 MiB" in terminal.until("Paid Search!")
    terminal.type("delete from channel_daily;")
    terminal.until("attached in read-only mode")
    terminal.type("set memory_limit = '9GB';")
    terminal.until("configuration has been locked")
    terminal.type(f"copy channel_daily to '{tmp_path}/out.parquet'; select 'written' || '!' as done;")
    terminal.until("written!")
    assert duckdb.execute(f"select channel from '{tmp_path}/out.parquet'").fetchall() == [("Paid Search",)]
    terminal.type("select count(*) from range(9999999) a, range(9999999) b where a.range * b.range % 7 = 8;")
    terminal.until("stopped: took longer than 2 s")
    terminal.type("select 'awake' || '!' as now;")
    terminal.until("awake!")
    terminal.type(".quit")
    assert terminal.process.wait(timeout=_LONG) == 0
    assert "read-only" not in (tmp_path / ".kpi_sql_history").read_text()
    assert "delete from channel_daily;" in (tmp_path / ".kpi_sql_history").read_text()
