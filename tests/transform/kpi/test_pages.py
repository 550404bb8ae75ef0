from __future__ import annotations

from pathlib import Path

from tests.transform.kpi.conftest import settings_in
from transform.kpi.pages import PAGES, render_markdown, write
from transform.kpi.registry import load_registry


def test_the_committed_pages_are_those_of_the_registry() -> None:
    pages = render_markdown(load_registry(settings_in(Path("/nowhere"))))
    committed = {path.name: path.read_text(encoding="utf-8") for path in PAGES.glob("*.md")}
    assert committed == pages, "run `python -m transform.kpi.pages` and commit docs/metrics"


def test_a_page_says_what_who_and_by_when() -> None:
    page = render_markdown(load_registry(settings_in(Path("/nowhere"))))["engagement_rate.md"]
    assert "engaged sessions / sessions" in page
    assert "| Read | weekly, by marketing manager, channel specialist |" in page
    assert "| 62.0 % | 58.0 % | 2026-01-01 | 2026-12-31 | web analytics |" in page
    assert "54.1 %, as of 2024-12-31: https://" in page


def test_the_page_of_a_kpi_that_is_gone_goes(tmp_path: Path) -> None:
    (tmp_path / "cost_per_smile.md").write_text("# Old", encoding="utf-8")
    written = write(load_registry(settings_in(tmp_path)), tmp_path)
    assert sorted(written) == sorted(tmp_path.iterdir())
    assert len(written) == 13
