"""The scorecard names the business and the currency that its numbers were computed with."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
from rich.console import Console

from cli.scorecard import read, show
from tests.warehouse.small import AS_OF, RUN_ID, build_warehouse
from warehouse.publish import publish
from warehouse.settings import Business, Settings


def test_the_scorecard_is_labelled_by_the_publication_and_not_by_the_reader(tmp_path: Path) -> None:
    build_warehouse(tmp_path / "warehouse.duckdb")
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as connection:
        connection.execute(
            "update semantic.dim_kpi set target_low = 0.1, target_high = 0.2 where kpi = 'retention_rate'"
        )
    writer = Settings(home=tmp_path)
    publish(
        writer,
        run_id=RUN_ID,
        published_at=AS_OF,
        data_through=date(2026, 11, 22),
        checks_passed=1,
        checks_total=1,
    )
    reader = Settings(home=tmp_path, business=Business(name="Another", reporting_currency="USD"))
    screen = Console(record=True, width=120, force_terminal=False)
    show(screen, read(reader, None))
    said = screen.export_text()
    assert "Larkspur & Sons  marketing scorecard" in said
    assert " EUR" in said
    assert "USD" not in said
    assert "10.0 % to 20.0 %" in said
    narrow = Console(record=True, width=80, force_terminal=False)
    show(narrow, read(reader, None))
    assert "\u2026" not in narrow.export_text()  # nothing is cut: only names take a second line
