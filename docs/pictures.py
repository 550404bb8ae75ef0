"""Draws the README's pictures from the publication in KPI_HOME: `make pictures` after `make demo`; needs Chromium."""

from __future__ import annotations

import io
import shutil
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright
from rich.console import Console
from rich.terminal_theme import DIMMED_MONOKAI

from cli.scorecard import read, show
from warehouse.errors import ConfigurationError
from warehouse.settings import Settings, load_settings

IMAGES = Path(__file__).parent / "images"
# The page's upper part: trust banner, cards and the channel table.
PAGE_HEIGHT = 1560


def scorecard_html(settings: Settings) -> str:
    """The scorecard as the terminal shows it, as a web page."""
    terminal = Console(record=True, width=112, file=io.StringIO(), force_terminal=True, highlight=False)
    show(terminal, read(settings, None))
    template = (
        "<body style='margin:0;background:{background};color:{foreground};display:inline-block'>"
        "<pre style=\"font:15px 'DejaVu Sans Mono',monospace;padding:24px;margin:0\">"
        "$ kpi scorecard\n{code}</pre></body>"
    )
    return terminal.export_html(theme=DIMMED_MONOKAI, inline_styles=True, code_format=template)


def main() -> None:
    """Write scorecard.png and page.png. Raises ConfigurationError without Chromium or a publication."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        raise ConfigurationError("chromium: is not installed; install the system's chromium package, then try again")
    settings = load_settings()
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        terminal = Path(folder) / "scorecard.html"
        terminal.write_text(scorecard_html(settings), encoding="utf-8")
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": PAGE_HEIGHT})
        page.goto(terminal.as_uri())
        page.locator("body").screenshot(path=IMAGES / "scorecard.png")
        page.goto((settings.dashboards / "index.html").as_uri(), wait_until="networkidle")
        page.screenshot(path=IMAGES / "page.png")
        browser.close()


if __name__ == "__main__":
    main()
