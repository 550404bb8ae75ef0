from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest
from playwright.sync_api import Browser, expect

from dashboards.build import build
from tests.dashboards.looks import window
from tests.dashboards.world import furnish
from tests.warehouse.small import AS_OF, build_warehouse
from warehouse.publish import publish
from warehouse.settings import Settings


@pytest.fixture(scope="module")
def twice(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Two publications; in the second, a week of leads costs 126 EUR and no longer 105."""
    settings = Settings(home=Path(tmp_path_factory.mktemp("home")))
    build_warehouse(settings.warehouse)
    with duckdb.connect(str(settings.warehouse)) as connection:
        furnish(connection)
    for number in (1, 2):
        if number == 2:
            with duckdb.connect(str(settings.warehouse)) as connection:
                connection.execute(
                    "update semantic.kpi_values set value = 3, numerator = 126 "
                    "where kpi = 'cost_per_lead' and period_start = date '2026-11-02' and segment_dimension = ''"
                )
        publish(
            settings,
            run_id=f"run-{number}",
            published_at=AS_OF + timedelta(days=number - 1),
            data_through=date(2026, 11, 22),
            checks_passed=1,
            checks_total=1,
        )
        build(settings)
    return settings


def test_what_was_told_before_stands_beside_what_is_told_now(browser: Browser, twice: Settings) -> None:
    page = window(browser)
    page.goto((twice.dashboards / "kpi" / "cost_per_lead.html").as_uri())
    page.locator("#section-history summary").click()
    week = page.locator("#section-history tbody tr").filter(has_text="2–8 Nov 2026").inner_text().split("\t")
    assert week[:5] == ["2–8 Nov 2026", "€3.00", "€2.50", "126", "42"]
    rows = [row.inner_text().split("\t") for row in page.locator("#section-restated tbody tr").all()]
    assert rows == [["2–8 Nov 2026", "24 Nov 2026", "€2.50", "€3.00", "▲ +20.0%"]]
    marks = page.evaluate("page.data.figures.history.data.find((trace) => trace.name === 'First reported')")
    assert (marks["x"], marks["y"]) == (["2026-11-02"], [2.5])
    page.context.close()


def test_pages_of_the_version_before_are_its_own(browser: Browser, twice: Settings) -> None:
    page = window(browser)
    page.goto((twice.dashboards / "run-1" / "kpi" / "cost_per_lead.html").as_uri())
    assert "No complete period has become another value" in page.locator("#section-restated").inner_text()
    assert "run-1" in page.locator(".trust").inner_text()
    expect(page.locator("#section-history .main-svg").first).to_be_attached()
    page.context.close()
