"""A real Superset for a test: initialised once in its own environment, then a process that answers for its charts."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_CONFIG = """
import os
SECRET_KEY = "only-for-a-test-on-this-machine-0123456789abcdef"
SQLALCHEMY_DATABASE_URI = "sqlite:///" + os.environ["SUPERSET_METADATA"]
WTF_CSRF_ENABLED = False
TALISMAN_ENABLED = False
"""
_ADMIN = (
    "--username",
    "admin",
    "--firstname",
    "a",
    "--lastname",
    "b",
    "--email",
    "a@example.org",
    "--password",
    "admin",
)


@dataclass
class Superset:
    """A running Superset process; its connections to the publication live as long as it does."""

    process: subprocess.Popen[str]

    def charts(self) -> dict[str, dict[str, Any]]:
        """All charts' data anew, by UUID."""
        return self._ask("charts")

    def _ask(self, line: str) -> dict[str, Any]:
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()
        return self.answer()

    def answer(self) -> dict[str, Any]:
        """The next line that it says."""
        assert self.process.stdout
        found: dict[str, Any] = json.loads(self.process.stdout.readline() or "{}")
        return found


@contextmanager
def superset(environment: Path, bundle: Path, folder: Path) -> Iterator[tuple[Superset, dict[str, Any]]]:
    """A Superset of the virtual environment `environment` that has imported `bundle`, and its answer to the import."""
    config = environment / "superset_config.py"
    config.write_text(_CONFIG, encoding="utf-8")
    metadata = folder / "superset.db"
    variables = {
        "PATH": os.environ["PATH"],
        "SUPERSET_CONFIG_PATH": str(config),
        "SUPERSET_HOME": str(folder),
        "SUPERSET_METADATA": str(metadata),
        "FLASK_APP": "superset.app:create_app()",
        "LANG": "C.UTF-8",
    }
    template = environment / "initialised.db"
    if not template.exists():
        program = str(environment / "bin" / "superset")
        for arguments in (("db", "upgrade"), ("fab", "create-admin", *_ADMIN), ("init",)):
            subprocess.run([program, *arguments], env=variables, check=True, capture_output=True, timeout=600)
        shutil.copyfile(metadata, template.with_suffix(".new"))
        template.with_suffix(".new").rename(template)
    shutil.copyfile(template, metadata)
    with (folder / "superset.log").open("w", encoding="utf-8") as log:
        process = subprocess.Popen(
            [environment / "bin" / "python", Path(__file__).with_name("superset_trial.py"), bundle],
            env=variables, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True, cwd=folder,
        )  # fmt: skip
        try:
            running = Superset(process)
            yield running, running.answer()
        finally:
            assert process.stdin
            process.stdin.close()
            process.wait(timeout=60)
