"""Great Expectations' own pages, opened in a browser that has no network."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from playwright.sync_api import Browser

from quality.gate import evaluate
from quality.judge import Judge
from tests.warehouse.small import AS_OF, RUN_ID, build_warehouse
from transform.kpi.registry import Registry
from warehouse.settings import Settings

HOSTILE = "<img src=x onerror=\"document.title='owned'\">"


@pytest.fixture(scope="module")
def docs(judge: Judge, registry: Registry, tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("docs")
    with duckdb.connect(str(build_warehouse(home / "warehouse.duckdb"))) as connection:
        connection.execute("insert into marts.fct_orders from marts.fct_orders where order_id = 'd2'")
        connection.execute("update marts.fct_orders set order_id = ? where order_id = 'd2'", [HOSTILE])
        connection.execute("alter table marts.fct_customer_journey rename column date_day to day")
    settings = Settings(home=home)
    evaluate(judge, settings, registry, AS_OF, run_id=RUN_ID, docs=settings.data_docs(RUN_ID))
    return settings.data_docs(RUN_ID)


def test_a_failed_check_is_found_from_the_index_with_its_rows_its_mend_and_its_owner(
    docs: Path, browser: Browser
) -> None:
    page = browser.new_context().new_page()
    asked: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto((docs / "index.html").as_uri())
    assert RUN_ID in page.locator("#Validation-Results").inner_text()
    page.locator("tr.clickable-row", has_text="marts.fct_orders").locator("td").first.click()
    page.wait_for_url("**/validations/marts/fct_orders/**")
    page.get_by_text("Failed Only").click()
    shown = page.locator(".ge-section", has_text="every order once")

    for text in (HOSTILE, "holds what rests on it; owner: sales operations", "If not: find the deal in the CRM"):
        assert text in shown.inner_text()
    page.get_by_text("Show more info...").click()
    assert page.get_by_text("Great Expectations Version").is_visible()
    assert page.title() != "owned"
    assert {url.split(":")[0] for url in asked} == {"file"}
    assert complaints == []


def test_a_check_that_broke_tells_why(docs: Path) -> None:
    (page,) = docs.glob("validations/marts/fct_customer_journey/*/*/*.html")
    assert "could not run: Binder Error" in page.read_text(encoding="utf-8")


def test_no_page_names_another_place_to_fetch_from(docs: Path) -> None:
    pages = sorted(docs.rglob("*.html"))
    assert len(pages) > 10
    for page in pages:
        head, body = page.read_text(encoding="utf-8").split("<body", 1)
        assert "http" not in head.replace("http-equiv", "")
        assert "<script src" not in body
        assert "default-src 'none'" in head
