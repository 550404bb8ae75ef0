"""Rows per second of each source against dlt's default path and against the floor, over replies that are replayed.

`make bench` prints it, and so does `python -m benchmarks.sources [SOURCE ...]`. One load from the sandbox records the
replies; then the ways take turns, each in a process of its own, so that what else the machine does hits them alike.
CPU seconds are what a busy machine cannot stretch; the ratios are those of CPU seconds, with those of wall time behind.
Imports count in every way, of modules that are compiled already, as on any machine where the program ran before.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table

from benchmarks.replay import freeze, keep, recorded, replaying
from benchmarks.ways import Measured
from benchmarks.wire import ROWS_KEY
from ingestion.sandbox.profile import sandbox_environment
from ingestion.sandbox.running import running_sandbox
from warehouse.layout import PROJECT_ROOT

ROUNDS = 3
# dlt's default takes minutes for all of it: it runs once, on a part of the replies, and is measured by row.
DLT_SHARE = {"ga4_export": 0.1, "google_ads": 0.25}
# The sandbox's two accounts alone take less than what dlt needs to start.
COPIES_OF_ACCOUNTS = 8
_MANAGER, _ACCOUNTS = "1000000001", ("2000000001", "2000000002")


def main(screen: Console, sources: list[str]) -> None:
    with tempfile.TemporaryDirectory(prefix="kpi-bench-") as made:
        folder = Path(made)
        (folder / "source").write_text("", encoding="utf-8")
        with running_sandbox() as sandbox, replaying(folder, sandbox.url) as url:
            environment = {**os.environ, **sandbox_environment(url, folder / "home")}
            for source in sources:
                (folder / "source").write_text(source, encoding="utf-8")
                _measure("ours", source, folder, url, environment)
        if "google_ads" in sources:
            copy_accounts(folder)
        with replaying(folder, "") as url:
            environment |= _at(url, environment)
            freeze(url)
            _measure("dlt", sources[0], folder, url, environment, share=0)  # Compiles what this way imports.
            _compare(screen, sources, folder, url, environment)


def _at(url: str, environment: dict[str, str]) -> dict[str, str]:
    """The environment with every address of the recording's server replaced by `url`."""
    before = environment["SOURCES__GA4__BASE_URL"]
    return {name: value.replace(before, url) for name, value in environment.items() if before in value}


def copy_accounts(folder: Path) -> None:
    """Let the manager have more accounts that answer like the sandbox's own."""
    numbers = {account: [str(int(account) + 10 * n) for n in range(1, COPIES_OF_ACCOUNTS)] for account in _ACCOUNTS}
    for reply in recorded(folder):
        for account, copies in numbers.items():
            if reply.source == "google_ads" and f"/customers/{account}/" in reply.path:
                for copy in copies:
                    keep(folder, replace(reply, path=reply.path.replace(account, copy)))
        if reply.source == "google_ads" and _MANAGER in reply.path and "FROM customer_client" in reply.asked:
            file = folder / reply.name
            chunks = json.loads(file.read_bytes())
            for chunk in chunks:
                chunk["results"] += [
                    {"customerClient": {**row["customerClient"], "id": copy}}
                    for row in chunk.get("results", ())
                    for copy in numbers.get(row["customerClient"]["id"], ())
                ]
            file.write_text(json.dumps(chunks), encoding="utf-8")


def _compare(screen: Console, sources: list[str], folder: Path, url: str, environment: dict[str, str]) -> None:
    shown = Table("source", "rows", "seconds", "CPU s", "rows/s", "x dlt", "(wall)", "x floor", "(wall)", "peak MB")
    for source in sources:
        found: dict[str, list[Measured]] = {"ours": [], "floor": [], "dlt": []}
        for number in range(ROUNDS):
            for way, runs in found.items():
                if way != "dlt" or number == 0:
                    freeze(url)
                    runs.append(_measure(way, source, folder, url, environment))
        # By the vendor's rows: a row of theirs may be several of ours.
        rows = found["floor"][0].rows
        share = found["dlt"][0].rows / rows
        wall = {way: median(one.seconds for one in runs) for way, runs in found.items()}
        cpu = {way: median(one.cpu_seconds for one in runs) for way, runs in found.items()}
        shown.add_row(
            source, f"{rows:,}", f"{wall['ours']:.1f}", f"{cpu['ours']:.1f}", f"{rows / wall['ours']:,.0f}",
            f"{cpu['dlt'] / share / cpu['ours']:.1f}", f"{wall['dlt'] / share / wall['ours']:.1f}",
            f"{cpu['ours'] / cpu['floor']:.1f}", f"{wall['ours'] / wall['floor']:.1f}",
            f"{max(one.peak_memory_mb for one in found['ours']):.0f}",
        )  # fmt: skip
        screen.print(
            f"  {source}: dlt's default {cpu['dlt']:.1f} CPU s for {share:.0%} of the rows, floor {cpu['floor']:.1f} "
            f"CPU s, ours {cpu['ours']:.1f}"
        )
    for column in shown.columns[1:]:
        column.justify = "right"
    screen.print(shown)
    screen.print(
        "  Rows are the vendor's. Ours and dlt's default fetch every reply over HTTP; the floor has the bytes on disk."
    )


def _measure(
    way: str, source: str, folder: Path, url: str, environment: dict[str, str], *, share: float | None = None
) -> Measured:
    compiled = {"PYTHONPYCACHEPREFIX": str(folder / "compiled"), "PYTHONDONTWRITEBYTECODE": ""}
    part = DLT_SHARE.get(source, 1.0) if share is None else share
    said = subprocess.run(
        [sys.executable, "-m", "benchmarks.ways", way, source, str(folder), url, str(part)],
        cwd=PROJECT_ROOT, env=environment | compiled, stdout=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    return Measured(**json.loads(said.stdout.splitlines()[-1]))


if __name__ == "__main__":
    main(Console(highlight=False, width=120), sys.argv[1:] or list(ROWS_KEY))
