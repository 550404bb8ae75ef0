"""Times identity on generated links: all people from nothing, and one day more on top of them.

The floor is one scan and sort of the same links into a table. `people` are persons of a contact, an address, a browser
and three clicks each, every fifth tied to another; `chain` is one single chain, the worst case of anything that goes
link by link. DuckDB has 2 threads and 3 GB, so that the process stays below 4 GB. Of the day, the identifiers of its
links are known, as the models know them; what is timed is to find their components and to replace their labels.

    python -m benchmarks.identity [links]
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from refresh.measure import Meter
from transform.identity.increment import affected
from transform.identity.labels import relabel

SHAPES = {
    # Five links a person: contact to browser and address, browser to three clicks; every fifth click is another's too.
    "people": """
        select '1:' || person as left_node, '2:' || md5(cast(person as varchar)) as right_node, 'contact_field' as rule,
            person as number from range({links} // 5) as people (person)
        union all
        select '1:' || person, '3:' || md5('a' || person), 'contact_field', person
        from range({links} // 5) as people (person)
        union all
        select '2:' || md5(cast(person as varchar)), '4:' || md5('c' || case
            when click = 0 and person % 5 = 0 then (person + 7919) % ({links} // 5) else person end || '.' || click),
            'session', person
        from range({links} // 5) as people (person), range(3) as clicks (click)
    """,
    "chain": """
        select '2:' || md5(cast(number as varchar)) as left_node,
            '2:' || md5(cast(number + 1 as varchar)) as right_node, 'session' as rule, number
        from range({links}) as chain (number)
    """,
}
ONE_DAY = """
    create table fresh_edges as from edges limit 0;
    insert into fresh_edges
    select '2:' || md5('new' || number), '4:' || md5('n' || number // 2), 'session', timestamp '2026-12-01'
    from range({links} // 1000) as fresh (number);
    insert into fresh_edges
    select '2:' || md5('new' || number), right_node, 'session', timestamp '2026-12-01'
    from (select right_node, row_number() over () as number from (from edges limit {links} // 2000));
    create table changed as select left_node as node from fresh_edges union select right_node from fresh_edges;
    insert into edges from fresh_edges
"""
STEPS = {"floor": "scan and sort", "full": "all people", "day": "one day more"}
FLOOR = "create table sorted as from edges order by left_node, right_node"
NODES = """
    create or replace table nodes as
    select node, node like '1:%' or node like '2:%' as is_recorded, min(first_seen_at) as first_seen_at
    from (
        select left_node as node, first_seen_at from edges
        union all
        select right_node, first_seen_at from edges
    )
    group by node
"""


def generate(connection: duckdb.DuckDBPyConnection, shape: str, links: int) -> None:
    connection.execute(
        "create table edges as select left_node, right_node, rule,"
        " timestamp '2026-01-01' + to_seconds(cast(hash(number) % 20000000 as bigint)) as first_seen_at"
        f" from ({SHAPES[shape].format(links=links)})"
    )
    connection.execute(NODES)


MOMENT = datetime(2026, 12, 2, tzinfo=UTC)


def label_all(connection: duckdb.DuckDBPyConnection) -> None:
    relabel(connection, nodes="nodes", edges="edges", before=None, built_at=MOMENT, run_id="bench").create("labels")


def label_the_day(connection: duckdb.DuckDBPyConnection) -> None:
    affected(connection, changed="changed", before="labels").create("part")
    relabel(
        connection, nodes="nodes", edges="edges", before="labels", only="part", built_at=MOMENT, run_id="bench"
    ).create("labels_of_the_day")
    connection.execute(
        "delete from labels where node in (select node from part); insert into labels from labels_of_the_day"
    )


def measure(folder: Path, shape: str, links: int) -> dict[str, float]:
    """Seconds, CPU seconds and peak memory (MB) of the steps, in this process."""
    found: dict[str, float] = {}

    def timed(name: str, step: Callable[[], object]) -> None:
        meter = Meter()
        step()
        found[name] = meter.seconds
        found[f"{name}_cpu"] = meter.cpu_seconds
        found[f"{name}_memory"] = meter.peak_memory_mb

    with duckdb.connect(str(folder / "bench.duckdb"), config={"threads": 2, "memory_limit": "3GB"}) as connection:
        generate(connection, shape, links)
        timed("floor", lambda: connection.execute(FLOOR))
        connection.execute("drop table sorted")
        timed("full", lambda: label_all(connection))
        connection.execute(ONE_DAY.format(links=links))
        connection.execute(NODES)
        timed("day", lambda: label_the_day(connection))
    return found


def main(say: Callable[[str], None] = print, links: int = 10_000_000) -> None:
    say(f"| {links:,} links | step | s | CPU s | CPU against the floor | peak memory MB |")
    say("|---|---|---:|---:|---:|---:|")
    for shape in SHAPES:
        with tempfile.TemporaryDirectory(prefix="kpi-identity-") as folder:
            # a process of its own, so that the peak is its own
            command = [sys.executable, "-m", "benchmarks.identity", folder, shape, str(links)]
            found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        for step, name in STEPS.items():
            say(
                f"| {shape} | {name} | {found[step]:.1f} | {found[f'{step}_cpu']:.1f} |"
                f" {found[f'{step}_cpu'] / found['floor_cpu']:.1f} | {found[f'{step}_memory']:,.0f} |"
            )


if __name__ == "__main__":
    match sys.argv[1:]:
        case [folder, shape, links]:
            print(json.dumps(measure(Path(folder), shape, int(links))))
        case [links]:
            main(links=int(links))
        case _:
            main()
