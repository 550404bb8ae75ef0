from __future__ import annotations

import re
from pathlib import Path

import pytest

from dashboards.build import build
from dashboards.pages import load_pages
from tests.warehouse.small import RUN_ID
from warehouse.errors import ConfigurationError
from warehouse.settings import Settings

KPIS = ("retention_rate", "cost_per_lead")
BOARD = """
title: Board
question: How did the quarter go?
audience: ceo
blocks:
  - block: cards
    kpis: [retention_rate, cost_per_lead]
    title: What the board looks at
  - block: cohorts
    width: half
"""


def test_our_pages_come_in_the_order_of_the_menu_and_yours_before_the_list_of_kpis(tmp_path: Path) -> None:
    (tmp_path / "board.yml").write_text(BOARD)
    names = [page.name for page in load_pages(tmp_path, KPIS)]
    assert names == ["index", "ceo", "marketing", "channels", "board", "kpis"]


def test_a_page_of_the_same_name_takes_the_place_of_ours(tmp_path: Path) -> None:
    (tmp_path / "ceo.yml").write_text(BOARD)
    (ceo,) = [page for page in load_pages(tmp_path, KPIS) if page.name == "ceo"]
    assert ceo.spec.title == "Board"


def test_a_page_of_your_own_is_made_with_the_others(published: Settings, tmp_path: Path) -> None:
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "board.yml").write_text(BOARD)
    settings = published.model_copy(update={"home": published.home})
    settings._config = tmp_path
    try:
        build(settings)
        text = (published.dashboards / "board.html").read_text(encoding="utf-8")
        assert re.findall(r'<h2 id="title-[\w-]+">(.*)</h2>', text) == [
            "What the board looks at", "Customers who come back, by month of first purchase",
        ]  # fmt: skip
        assert re.findall(r'data-kpi="(\w+)"', text) == ["retention_rate", "cost_per_lead"]
        assert '<section class="w-half panel" id="section-cohorts"' in text
        assert 'href="board.html"' in (published.dashboards / RUN_ID / "index.html").read_text(encoding="utf-8")
    finally:
        build(published)
    assert not (published.dashboards / "board.html").exists()


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("board.yml", BOARD.replace("cohorts", "cohort"), "blocks.2.block = 'cohort': is not known; did you mean"),
        ("board.yml", BOARD.replace("cost_per_lead", "cost_per_leed"), "blocks.1.kpis = 'cost_per_leed': is not"),
        ("board.yml", BOARD.replace("width: half", "width: wide"), "blocks.2.width = 'wide': "),
        ("board.yml", BOARD.replace("    title:", "    tittle:"), "blocks.1.tittle = 'What the board"),
        ("board.yml", BOARD.replace("title: Board", ""), "title = missing: add it"),
        ("board.yml", BOARD.replace("audience: ceo", "audience: cfo"), "audience = 'cfo': "),
        ("board.yml", "- title", "holds no page; write `title:` and `blocks:`"),
        ("board.yml", "title: [", "is no valid YAML: "),
        ("Board of 2026.yml", BOARD, "'Board of 2026' cannot name a page; use a-z, 0-9 and -"),
        ("assets.yml", BOARD, "'assets' cannot name a page"),
    ],
)  # fmt: skip
def test_a_wrong_file_is_one_line(tmp_path: Path, name: str, text: str, line: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(ConfigurationError) as caught:
        load_pages(tmp_path, KPIS)
    assert str(caught.value).startswith(f"{tmp_path / name}: {line}")
    assert "\n" not in str(caught.value)
