"""When a page of a publication can be used, beside a page of one chart as Plotly itself writes it.

    python -m benchmarks.pages [var/dashboards/current]

A page can be used when its own scripts have run: numbers stand, filters answer, links lead on. Charts that are near
come after that, the others when somebody gets near them. The other page has the same plotly.js beside it, which a
browser has to read before the page's one chart is there. Each is opened anew so many times, in a browser that is warm.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median

import plotly.graph_objects as go
from playwright.sync_api import Browser, sync_playwright

from warehouse.settings import load_settings

CHROMIUM = Path("/usr/bin/chromium")
PAGES = ("index", "ceo", "marketing", "channels", "kpi/cost_per_lead")
TIMES = 7
# Milliseconds since the page was asked for.
_USABLE = "performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd"
_DRAWN = """
new Promise((done) => {
  const look = () =>
    document.querySelector(".chart[data-drawn]") ? done(performance.now()) : requestAnimationFrame(look);
  look();
})
"""


def main(say: Callable[[str], None], pages: Path) -> None:
    """Open the pages in the folder `pages` and say what was measured; nothing where there is no Chromium."""
    if not CHROMIUM.exists():
        say(f"  {CHROMIUM} is absent: no page was opened")
        return
    with sync_playwright() as playwright, tempfile.TemporaryDirectory(prefix="kpi-pages-") as folder:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        peer = _milliseconds(browser, _one_chart(Path(folder), pages), _USABLE)
        say(f"  {'one chart, by Plotly':<22} {peer:>6.0f} ms")
        for name in PAGES:
            page = pages / f"{name}.html"
            usable = _milliseconds(browser, page, _USABLE)
            line = f"  {name:<22} {usable:>6.0f} ms {usable / peer:>6.2f}x {page.stat().st_size / 1e6:>6.2f} MB"
            if _has_chart_on_top(browser, page):
                drawn = _milliseconds(browser, page, _DRAWN)
                line += f"   first chart {drawn:>6.0f} ms {drawn / peer:>6.2f}x"
            say(line)
        browser.close()


def _one_chart(folder: Path, pages: Path) -> Path:
    """A page as plotly.py writes it, with the plotly.js of `pages`."""
    (library,) = (pages / "assets").glob("plotly.*.js")
    page = folder / "one.html"
    figure = go.Figure(go.Scatter(x=list(range(400)), y=[day % 7 for day in range(400)]))
    text = figure.to_html(include_plotlyjs=library.resolve().as_uri(), full_html=True)
    page.write_text(text, encoding="utf-8")
    return page


def _milliseconds(browser: Browser, page: Path, moment: str) -> float:
    return median(_once(browser, page, moment) for _ in range(TIMES))


def _once(browser: Browser, page: Path, moment: str) -> float:
    with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        opened = context.new_page()
        opened.goto(page.as_uri())
        return float(opened.evaluate(moment))


def _has_chart_on_top(browser: Browser, page: Path) -> bool:
    with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        opened = context.new_page()
        opened.goto(page.as_uri())
        charts = opened.locator(".chart")
        box = charts.first.bounding_box() if charts.count() else None
        return box is not None and box["y"] < 900


if __name__ == "__main__":
    main(print, Path(sys.argv[1]) if len(sys.argv) > 1 else load_settings().dashboards / "current")
