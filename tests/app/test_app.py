"""The app in a real browser: the scorecard's numbers, also after a new publication, and nothing from elsewhere."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import Browser, Page
from werkzeug.serving import make_server

from app.current import Current
from app.pages import make, money_by_week, sums_by_channel
from cli.main import run
from tests.bi.world import build, release
from warehouse.connection import reader
from warehouse.settings import Settings

_LONG = 120_000


@dataclass(frozen=True)
class Served:
    settings: Settings
    url: str


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    settings = Settings(home=tmp_path_factory.mktemp("app") / "home")
    build(settings)
    release(settings, 1)
    server = make_server("127.0.0.1", 0, make(Current(settings, "en")).dash.server, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield Served(settings, f"http://127.0.0.1:{server.server_port}")
    server.shutdown()
    thread.join()


def scorecard(settings: Settings) -> dict[str, float]:
    with reader(settings.publication) as connection:
        return dict(
            connection.execute(
                "select kpi, value from published.kpi_scorecard where value is not null and unit = 'currency'"
            ).fetchall()
        )


def shown(page: Page, kpi: str) -> float:
    text = page.inner_text(f"[data-kpi={kpi}] .kpi-value", timeout=_LONG)
    return float(re.sub(r"[^0-9.]", "", text))


def test_the_app_shows_what_is_published_now(served: Served, browser: Browser) -> None:
    page = browser.new_page()
    asked: set[str] = set()
    errors: list[str] = []
    page.on("request", lambda request: asked.add(request.url.split("/")[2] if "://" in request.url else ""))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.goto(served.url)
    before = scorecard(served.settings)
    assert before == {"cost_per_lead": 2.5}
    assert shown(page, "cost_per_lead") == pytest.approx(2.5)
    assert "run run-1" in page.inner_text(".kpi-trust")
    release(served.settings, 2, 3.0)
    page.goto(served.url)
    page.wait_for_selector("text=run run-2", timeout=_LONG)
    assert shown(page, "cost_per_lead") == pytest.approx(scorecard(served.settings)["cost_per_lead"]) == 7.5
    page.goto(f"{served.url}/by-channel")
    page.wait_for_selector(".ag-row", timeout=_LONG)
    assert asked <= {"", served.url.removeprefix("http://")}
    assert errors == []
    page.close()


def test_channels_are_sums_and_ratios_of_sums() -> None:
    days = pd.DataFrame(
        {
            "date_day": pd.to_datetime(["2026-11-02", "2026-11-09", "2026-11-09"]),
            "channel": ["Paid Search", "Paid Search", "Email"],
            "spend": [10.0, 30.0, 0.0],
            "impressions": [100, 300, 0],
            "clicks": [10, 10, 0],
            "leads": [1, 3, 4],
            "revenue": [0.0, 0.0, 5.0],
        }
    )
    table = sums_by_channel(days).set_index("channel")
    assert table.loc["Paid Search", ["spend", "click_through_rate", "cost_per_lead"]].tolist() == [40.0, 0.05, 10.0]
    assert table.loc["Total", ["leads", "revenue", "cost_per_lead"]].tolist() == [8, 5.0, 5.0]
    assert pd.isna(table.loc["Email", "click_through_rate"])


def test_a_week_that_is_not_over_is_not_drawn() -> None:
    days = pd.DataFrame({"date_day": pd.date_range("2026-11-02", "2026-11-17"), "revenue": 1.0, "spend": 2.0})
    (revenue, spend) = money_by_week(days).data
    assert [str(start)[:10] for start in revenue.x] == ["2026-11-02", "2026-11-09"]
    assert list(spend.y) == [14.0, 14.0]


def test_without_a_publication_it_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KPI_HOME", str(tmp_path))
    assert run(["app", "--port", "59123"]) == 2
    said = capsys.readouterr().err
    assert "run `kpi refresh` first" in said
    assert said.count("\n") == 1
