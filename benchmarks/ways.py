"""Three ways from a vendor's replies to a DuckDB file, each run in a process of its own by `benchmarks.sources`.

`ours` is `pipeline.load`. `dlt` sends the very same requests and yields the rows as dicts to a dlt pipeline with its
defaults. `floor` has the bytes on disk already, and lets DuckDB's JSON reader put the rows into tables.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.replay import Reply
from benchmarks.wire import ROWS_KEY, export_schema, rows, tables
from refresh.measure import Meter


@dataclass(frozen=True)
class Measured:
    """`rows` are the vendor's, or of `ours` those of the raw tables."""

    rows: int
    seconds: float
    cpu_seconds: float
    peak_memory_mb: float


def ours(source: str, home: Path) -> Measured:
    """Load the whole history into an empty warehouse."""
    meter = Meter()
    from ingestion import pipeline
    from refresh.plan import make_plan
    from warehouse.settings import as_of_now, load_settings

    settings = load_settings().model_copy(update={"home": home})
    plan = make_plan(settings, sources=[source], as_of=as_of_now())
    report = pipeline.load(source, plan.windows[source], settings=settings, as_of=plan.as_of, run_id=plan.run_id)
    return _measured(meter, report.rows)


def default(source: str, folder: Path, url: str, home: Path, share: float) -> Measured:
    """What dlt does of itself with pages of dicts."""
    found, schema = tables(folder, source, share), export_schema(folder)
    meter = Meter()
    import dlt
    import requests

    count = 0
    session = requests.Session()

    def pages(replies: list[Reply]) -> Iterator[list[dict[str, object]]]:
        nonlocal count
        for reply in replies:
            said = session.request(reply.method, url + reply.path, data=reply.asked or None)
            page = list(rows(source, said.json(), schema))
            count += len(page)
            yield page

    target = dlt.destinations.duckdb(str(home / "default.duckdb"))
    pipeline = dlt.pipeline("bench", pipelines_dir=str(home), destination=target, dataset_name="bench")
    pipeline.run([dlt.resource(pages(replies), name=name) for name, replies in found.items()])
    return _measured(meter, count)


def floor(source: str, folder: Path, home: Path) -> Measured:
    """A statement a table, without parameters: DuckDB imports pandas for the first of them."""
    found = tables(folder, source)
    meter = Meter()
    import duckdb

    count = 0
    with duckdb.connect(str(home / "floor.duckdb")) as con:
        for number, replies in enumerate(found.values()):
            files = ", ".join(f"'{folder / reply.name}'" for reply in replies)
            con.execute(
                f"create table t{number} as select unnest({ROWS_KEY[source]}) as r "
                f"from read_json([{files}], maximum_object_size = 200000000, union_by_name = true)"
            )
            count += (con.execute(f"select count(*) from t{number}").fetchone() or (0,))[0]
    return _measured(meter, count)


def _measured(meter: Meter, count: int) -> Measured:
    return Measured(count, meter.seconds, meter.cpu_seconds, meter.peak_memory_mb)


def main() -> None:
    """WAY SOURCE FOLDER URL SHARE; prints what was measured as JSON."""
    way, source, folder, url, share = sys.argv[1:]
    with tempfile.TemporaryDirectory(prefix="kpi-bench-") as made:
        home = Path(made)
        match way:
            case "ours":
                found = ours(source, home)
            case "dlt":
                found = default(source, Path(folder), url, home, float(share))
            case _:
                found = floor(source, Path(folder), home)
    sys.stdout.write(json.dumps(asdict(found)) + "\n")


if __name__ == "__main__":
    main()
