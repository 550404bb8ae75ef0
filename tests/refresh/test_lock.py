"""Two refreshes at once: the second waits, or says who holds the home."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from refresh import lock
from warehouse.errors import ConfigurationError
from warehouse.settings import Settings

_HOLDER = """
import sys
from pathlib import Path
from refresh.lock import exclusive
from warehouse.settings import Settings
with exclusive(Settings(home=Path(sys.argv[1]))):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_who_is_patient_gets_the_home_when_the_refresh_before_ends_and_who_is_not_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lock, "_PAUSE", 0.01)
    settings, is_in = Settings(home=tmp_path), threading.Event()

    def second() -> None:
        with lock.exclusive(settings, wait=60):
            is_in.set()

    waiting = threading.Thread(target=second)
    assert not lock.is_running(settings)
    with lock.exclusive(settings):
        waiting.start()
        assert lock.is_running(settings)
        with (
            pytest.raises(ConfigurationError, match="another refresh of this home is running"),
            lock.exclusive(settings),
        ):
            pass
        assert not is_in.is_set()
    assert is_in.wait(60)
    waiting.join()
    assert not lock.is_running(settings)


def test_the_holder_is_named_by_its_process_and_since_when_and_its_death_frees_the_home(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    (tmp_path / "refresh.lock").write_text("what a holder before has left, which was longer than the next one's line")
    command = [sys.executable, "-c", _HOLDER, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(ConfigurationError) as told, lock.exclusive(settings):
            pass
        os.kill(other.pid, signal.SIGKILL)
    line = str(told.value)
    assert f"is running (process {other.pid}, since {datetime.now(UTC):%Y-%m-}" in line
    assert "longer than" not in line
    with lock.exclusive(settings):
        assert f"process {os.getpid()}, since" in (tmp_path / "refresh.lock").read_text(encoding="utf-8")
