from __future__ import annotations

from pathlib import Path

import pytest

from cli.main import run
from dashboards.blocks import BLOCKS
from tests.dashboards.conftest import published
from warehouse.settings import Settings

__all__ = ["published"]


@pytest.fixture
def home(published: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("KPI_HOME", str(published.home))
    return published


def test_pages_are_written_anew(home: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    (home.dashboards / "ceo.html").resolve().unlink()
    assert run(["pages"]) == 0
    assert capsys.readouterr().out.strip().endswith(f"pages: {home.dashboards / 'index.html'}")
    assert (home.dashboards / "ceo.html").exists()


def test_a_page_is_printed(home: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["pages", "--pdf", "--page", "ceo", "--to", str(tmp_path)]) == 0
    assert capsys.readouterr().out.strip() == str(tmp_path / "ceo.pdf")
    content = (tmp_path / "ceo.pdf").read_bytes()
    assert content.startswith(b"%PDF-")
    # cards, charts and tables take more than one sheet
    assert content.count(b"/Type /Page\n") + content.count(b"/Type /Page ") + content.count(b"/Type /Page/") >= 2


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["--pdf", "--page", "coe"], "--page 'coe': no such page; try ceo"),
        (["--page", "ceo"], "--page and --to are for --pdf; add it"),
    ],
)
def test_what_cannot_be_printed_is_one_line(
    home: Settings, arguments: list[str], line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["pages", *arguments]) == 2
    assert line in capsys.readouterr().err


def test_without_a_browser_one_line_says_so(
    home: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert run(["pages", "--pdf"]) == 2
    assert "chromium: is not installed; install the system's chromium package" in capsys.readouterr().err


def test_the_blocks_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["pages", "--list"]) == 0
    listed = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
    assert listed == list(BLOCKS)
