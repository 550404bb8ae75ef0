"""Loads a GA4 export of any size and says how long it took and what it weighed at its heaviest.

The vendor is a process of its own that repeats one page of the sandbox's events under every day's date.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ingestion.sandbox.events import events_for
from ingestion.sandbox.export_schema import SCHEMA
from ingestion.sandbox.profile import service_account
from ingestion.sandbox.running import running_sandbox
from ingestion.sandbox.tabledata import RowRenderer
from ingestion.sandbox.world import build_world
from ingestion.spec import Window

PAGE_ROWS = 5_000
PAGES_A_DAY = 200
LAST_DAY = date(2026, 11, 20)
LIMIT_MB = 2_000


@dataclass(frozen=True)
class Weighed:
    """What a load of `events` took."""

    events: int
    seconds: float
    peak_mb: float


def template(page_rows: int) -> str:
    """One page of rows with DAY in place of the date."""
    world, day, events = build_world(), date(2026, 5, 1), []
    while len(events) < page_rows:
        events += events_for(world, day)
        day += timedelta(days=1)
    rows = [
        row.replace(f'"{events[n]["event_date"]}"', '"DAY"', 1) for n, row in enumerate(rendered(events[:page_rows]))
    ]
    return ",".join(rows)


def rendered(events: list[dict[str, object]]) -> list[str]:
    return RowRenderer(SCHEMA).rows(events)


def vendor(days: int, pages_a_day: int, page_rows: int) -> Starlette:
    """Answers as BigQuery, with so many days of so many pages."""
    rows, total = template(page_rows), str(page_rows * pages_a_day)
    tables = [f"events_{LAST_DAY - timedelta(days=n):%Y%m%d}" for n in range(days)]

    async def listed(request: Request) -> Response:
        return JSONResponse({"tables": [{"tableReference": {"tableId": name}} for name in tables]})

    async def described(request: Request) -> Response:
        return JSONResponse({"schema": {"fields": SCHEMA}, "numRows": total, "lastModifiedTime": "1795000000000"})

    async def data(request: Request) -> Response:
        page = int(request.query_params.get("pageToken", "0")) + 1
        token = f'"pageToken":"{page}",' if page < pages_a_day else ""
        day = request.path_params["table"].removeprefix("events_")
        return Response(f'{{"totalRows":"{total}",{token}"rows":[{rows.replace("DAY", day)}]}}')

    base = "/v2/projects/p/datasets/analytics_1/tables"
    return Starlette(
        routes=[Route(base, listed), Route(f"{base}/{{table}}", described), Route(f"{base}/{{table}}/data", data)]
    )


def serve(port_file: Path, days: int) -> None:
    """Answer as BigQuery until the process is ended."""
    config = uvicorn.Config(vendor(days, PAGES_A_DAY, PAGE_ROWS), port=0, log_level="critical", lifespan="off")
    listener = config.bind_socket()
    port_file.write_text(str(listener.getsockname()[1]), encoding="utf-8")
    uvicorn.Server(config).run(sockets=[listener])


def weigh(days: int) -> Weighed:
    """Load `days` days of a million events each in a process of its own."""
    said = subprocess.run(
        [sys.executable, "-m", "tests.soak.big_export", "--load", str(days)], check=True, capture_output=True, text=True
    )
    events, seconds, peak = said.stdout.split()[-3:]
    return Weighed(int(events), float(seconds), float(peak))


def load(days: int) -> Weighed:
    """Load in this process, which should have done nothing else before."""
    with tempfile.TemporaryDirectory(prefix="kpi-big-export-") as folder, running_sandbox() as sandbox:
        home, port_file = Path(folder), Path(folder) / "port"
        server = subprocess.Popen([sys.executable, "-m", "tests.soak.big_export", "--serve", str(port_file), str(days)])
        try:
            while not port_file.exists() or not port_file.read_text(encoding="utf-8"):
                time.sleep(0.1)
            url = f"http://127.0.0.1:{port_file.read_text(encoding='utf-8')}"
            service_account(sandbox.url, home / "key.json")
            os.environ["SOURCES__GA4_EXPORT__CREDENTIALS"] = (home / "key.json").read_text(encoding="utf-8")
            return _load(home, url, days)
        finally:
            server.terminate()
            server.wait(timeout=10)


def _load(home: Path, url: str, days: int) -> Weighed:
    from ingestion import pipeline
    from warehouse.settings import Settings, SourceSettings

    source = SourceSettings(enabled=True, base_url=url, api_version="v2", property_id="1", project_id="p")  # type: ignore[call-arg]
    settings = Settings(home=home / "home", sources={"ga4_export": source})
    window = Window(LAST_DAY - timedelta(days=days - 1), LAST_DAY)
    begun = time.monotonic()
    report = pipeline.load(
        "ga4_export", window, settings=settings, as_of=datetime(2026, 11, 23, tzinfo=UTC), run_id="big"
    )
    unit = 1 if sys.platform == "darwin" else 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6
    return Weighed(report.tables["events"], time.monotonic() - begun, peak)


def main(arguments: list[str]) -> None:
    """`--load DAYS` prints events, seconds and peak MB; `--serve FILE DAYS` is its vendor; without, 1 and 10 days."""
    if arguments[:1] == ["--serve"]:
        serve(Path(arguments[1]), int(arguments[2]))
    elif arguments[:1] == ["--load"]:
        weighed = load(int(arguments[1]))
        sys.stdout.write(f"{weighed.events} {weighed.seconds:.1f} {weighed.peak_mb:.0f}\n")
    else:
        for days in (1, 10):
            found = weigh(days)
            sys.stdout.write(
                f"{found.events:>10,} events {found.seconds:>7.0f} s {found.events / found.seconds:>8,.0f} events/s "
                f"{found.peak_mb:>6.0f} MB at most\n"
            )
            if found.peak_mb > LIMIT_MB:
                raise SystemExit(f"a load of {found.events:,} events weighed {found.peak_mb:.0f} MB")


if __name__ == "__main__":
    main(sys.argv[1:])
