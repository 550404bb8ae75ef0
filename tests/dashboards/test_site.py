from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from dashboards.build import build, go_back
from dashboards.site import flip
from tests.warehouse.small import RUN_ID
from warehouse.errors import ConfigurationError
from warehouse.settings import Settings


@pytest.fixture
def copied(published: Settings, tmp_path: Path) -> Settings:
    """A home of its own with the publication and its pages."""
    shutil.copytree(published.home, tmp_path / "home", symlinks=True)
    return published.model_copy(update={"home": tmp_path / "home"})


def test_all_pages_turn_in_one_step(copied: Settings) -> None:
    index = copied.dashboards / "index.html"
    other = copied.dashboards / "20261124T080000Z-other1"
    shutil.copytree(copied.dashboards / RUN_ID, other, symlinks=True)
    (other / "board.html").write_text("a page that only this one has")

    assert flip(copied, other.name) == index
    places = [path for path in copied.dashboards.iterdir() if path.is_symlink()]
    assert {path.name for path in places} >= {"index.html", "ceo.html", "kpis.html", "fr", "board.html", "current"}
    # each goes through the one link that is turned, so that no two can be of different publications
    assert {path.readlink().parts[0] for path in places if path.name != "current"} == {"current"}
    assert all(path.resolve().is_relative_to(other) for path in places)

    assert go_back(copied, RUN_ID) == [index, copied.dashboards / RUN_ID / "index.html"]
    assert index.resolve() == copied.dashboards / RUN_ID / "index.html"
    assert not (copied.dashboards / "board.html").is_symlink()


def test_pages_of_publications_that_are_gone_go_with_what_only_they_used(copied: Settings) -> None:
    gone = copied.dashboards / "20200101T000000Z-000000"
    gone.mkdir()
    (gone / "index.html").write_text('<script src="assets/plotly.old.js">')
    (copied.dashboards / "assets" / "plotly.old.js").write_text("of a page that was removed")

    index, *pages = build(copied)
    assert index == copied.dashboards / "index.html"
    assert copied.dashboards / RUN_ID / "ceo.html" in pages
    assert not gone.exists()
    assert sorted(re.sub(r"\.\w{12}\.", ".", path.name) for path in (copied.dashboards / "assets").iterdir()) == [
        "filters.js", "page.css", "page.js", "plotly.js",
    ]  # fmt: skip


def test_what_a_kept_page_uses_stays(copied: Settings) -> None:
    kept = copied.dashboards / "20261101T000000Z-kept00"
    kept.mkdir()
    (copied.serving / f"kpi.{kept.name}.duckdb").touch()
    (kept / "index.html").write_text('<script src="assets/plotly.old.js">')
    (copied.dashboards / "assets" / "plotly.old.js").write_text("of a page that was kept")

    build(copied)
    assert (copied.dashboards / "assets" / "plotly.old.js").exists()


def test_pages_lie_beside_each_other_in_each_language(published: Settings) -> None:
    folder = published.dashboards / RUN_ID
    pages = {path.relative_to(folder).as_posix() for path in folder.rglob("*.html")}
    assert {"index.html", "ceo.html", "fr/ceo.html", "it/index.html"} <= pages
    text = (folder / "fr" / "ceo.html").read_text(encoding="utf-8")
    assert '<html lang="fr">' in text
    assert '"../assets/page.' in text


def test_a_page_is_small_and_names_no_other_place(published: Settings) -> None:
    for path in (published.dashboards / RUN_ID).rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert len(text) < 2_000_000
        addresses = re.findall(r'(?:src|href|action|data|poster)="([^"]*)"', re.sub(r"<script type.*", "", text))
        assert not [address for address in addresses if ":" in address and address != "data:,"]
        policy = re.search(r'Policy" content="([^"]*)"', text)
        assert policy and policy[1].startswith("default-src &#39;none&#39;; script-src &#39;self&#39; file:; style-src")
        data = re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.S)
        assert data and json.loads(data[1])["currency"] == "EUR"


def test_no_publication_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(
        ConfigurationError, match=r"kpi\.duckdb: there is no such database yet; run `kpi refresh` first"
    ):
        build(Settings(home=tmp_path))
