"""Draws the README's pictures from the publication in KPI_HOME: `make pictures` after `make demo`; needs Chromium."""

from __future__ import annotations

import io
import shutil
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright
from rich.console import Console
from rich.terminal_theme import DIMMED_MONOKAI

from cli.scorecard import read, show
from dashboards.build import build
from warehouse.dashboard import Dashboard
from warehouse.errors import ConfigurationError
from warehouse.settings import Settings, load_settings

IMAGES = Path(__file__).parent / "images"
# page -> picture, and how much of its upper part is shown
PAGES = {
    "index": ("page", 1560),
    "ceo": ("ceo", 1480),
    "marketing": ("marketing", 1480),
    "channels": ("channels", 1480),
    "kpi/cost_per_lead": ("kpi", 1480),
}
PHONE = {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark", "device_scale_factor": 2}


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
    """Write scorecard.png and a picture of each page. Raises ConfigurationError without Chromium or a publication."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        raise ConfigurationError("chromium: is not installed; install the system's chromium package, then try again")
    settings = load_settings()
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        terminal = Path(folder) / "scorecard.html"
        terminal.write_text(scorecard_html(settings), encoding="utf-8")
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(terminal.as_uri())
        page.locator("body").screenshot(path=IMAGES / "scorecard.png")
        for name, (picture, height) in PAGES.items():
            page.set_viewport_size({"width": 1280, "height": height})
            shoot(page, settings.dashboards / f"{name}.html", IMAGES / f"{picture}.png")
        french = build_in_french(settings, Path(folder))
        phone = browser.new_context(**PHONE).new_page()
        shoot(phone, french / "marketing.html", IMAGES / "phone.png")
        browser.close()


def shoot(page: Page, path: Path, picture: Path) -> None:
    """A picture of the page's upper part, with its charts drawn."""
    page.goto(path.as_uri())
    page.evaluate("page.drawAll()")
    page.screenshot(path=picture)


def build_in_french(settings: Settings, folder: Path) -> Path:
    """The pages in French in a home of their own: those in KPI_HOME stay as they are configured."""
    (folder / "serving").symlink_to(settings.serving)
    build(settings.model_copy(update={"home": folder, "dashboard": Dashboard(language="fr")}))
    return folder / "dashboards"


if __name__ == "__main__":
    main()
