"""The SQL that each KPI compiles to, as it was last looked at: another version of the engine, or another definition,
shows as a difference that somebody reads before it counts.

`KPI_GOLDEN=write .venv/bin/python -m pytest tests/transform/kpi/test_golden.py` writes the files anew.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from transform.build import target_path
from transform.kpi.compiler import Request, columns_of, compile_requests, request_for
from transform.kpi.registry import Registry
from warehouse.settings import Settings

GOLDEN = Path(__file__).parent / "golden"
# One KPI by a segment too: there the engine joins its facts by the entity.
BY_CHANNEL = "return_on_ad_spend.by_channel"
# And a metric of which each grain reads its own rows.
OF_A_WEEK = "reach.week"


@pytest.fixture(scope="module")
def compiled(stub: Settings, registry: Registry, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    requests = {kpi.name: Request(kpi.name, columns_of(kpi), kpi.grain) for kpi in registry.kpis}
    roas = registry.kpi("return_on_ad_spend")
    requests[BY_CHANNEL] = Request(roas.name, columns_of(roas), "month", "channel")
    requests[OF_A_WEEK] = request_for(registry.definitions["reach"], "week")
    found = compile_requests(requests.values(), target_path(stub), tmp_path_factory.mktemp("compiled"))
    return {name: normal(found[request]) for name, request in requests.items()}


def normal(sql: str) -> str:
    """The engine numbers its subqueries as it meets them in a process; here each has its number in the statement."""
    numbers: dict[str, str] = {}

    def renumbered(found: re.Match[str]) -> str:
        return f"{found[1]}_{numbers.setdefault(found[0], str(len(numbers) + 1))}"

    lines = (line.rstrip() for line in sql.strip().splitlines())
    return re.sub(r"\b(subq|cm|sma|\w+_src)_(\d+)", renumbered, "\n".join(lines)) + "\n"


def test_each_kpi_compiles_to_its_golden_sql(compiled: dict[str, str]) -> None:
    if os.environ.get("KPI_GOLDEN") == "write":
        for path in GOLDEN.glob("*.sql"):
            path.unlink()
        for name, sql in compiled.items():
            (GOLDEN / f"{name}.sql").write_text(sql, encoding="utf-8")
    golden = {path.stem: normal(path.read_text(encoding="utf-8")) for path in GOLDEN.glob("*.sql")}
    changed = sorted(name for name in compiled.keys() | golden.keys() if compiled.get(name) != golden.get(name))
    assert changed == [], (
        "read the difference; if it is meant: KPI_GOLDEN=write pytest tests/transform/kpi/test_golden.py"
    )
