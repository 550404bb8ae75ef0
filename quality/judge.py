"""Our end of the judging process: started early, asked when the data are there, closed after the answer."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from quality.checks import Check, Judgement
from warehouse.errors import ConfigurationError
from warehouse.layout import PROJECT_ROOT


class Judge:
    """A process that judges checks with Great Expectations; it imports while its owner does other work.

    It ends with `close()`, or when its owner ends and takes its stdin along.
    """

    def __init__(self) -> None:
        self._log = tempfile.TemporaryFile()  # noqa: SIM115  (lives as long as the process)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "quality.gx"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            cwd=PROJECT_ROOT,
            env={**os.environ, "DO_NOT_TRACK": "1", "GX_ANALYTICS_ENABLED": "false"},
        )

    @property
    def is_alive(self) -> bool:
        return self._process.poll() is None

    def judge(
        self, database: Path, checks: Sequence[Check], *, run_id: str = "", docs: Path | None = None
    ) -> list[Judgement]:
        """Judge `checks` on the DuckDB file `database`, which the process holds read-only until it has answered.

        With `docs`, what was found is written there as Data Docs of run `run_id`, in pages that need no network.
        Raises ConfigurationError when the process has died.
        """
        assert self._process.stdin
        assert self._process.stdout
        job = json.dumps(
            {
                "database": str(database),
                "run": run_id,
                "docs": str(docs) if docs else "",
                "checks": [check.to_json() for check in checks],
            }
        )
        try:
            self._process.stdin.write(job + "\n")
            self._process.stdin.flush()
            answer = self._process.stdout.readline()
        except BrokenPipeError:
            answer = ""
        if not answer:
            raise ConfigurationError(f"quality checks: the judging process ended: {self._last_words()}; run again")
        return [Judgement(**entry) for entry in json.loads(answer)]

    def close(self) -> None:
        """End the process and wait for its end; harmless when it has ended already."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                try:
                    pipe.close()
                except BrokenPipeError:
                    continue
        try:
            self._process.wait(timeout=1)
        except subprocess.TimeoutExpired:
            # It is still importing, and reads its stdin only afterwards; it writes nothing, so nothing is lost.
            self._process.kill()
            self._process.wait()
        self._log.close()

    def _last_words(self) -> str:
        self._process.wait()
        self._log.seek(0)
        lines = self._log.read().decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else f"exit code {self._process.returncode}"
