from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from dashboards.build import build
from dashboards.cards import cards
from dashboards.reading import read
from tests.dashboards.conftest import HOSTILE
from tests.warehouse.small import RUN_ID
from warehouse.settings import Settings


class _Addresses(HTMLParser):
    """Every address that an element of the page names, and its policy."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.policy = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        self.addresses += [named[key] or "" for key in ("src", "href", "action", "data", "poster") if key in named]
        if named.get("http-equiv") == "Content-Security-Policy":
            self.policy = named["content"] or ""


def _open(browser: Browser, settings: Settings, width: int, scheme: str) -> tuple[Page, list[str], list[str]]:
    """The page, what it asked for, and what it complained of."""
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme="dark" if scheme == "dark" else "light"
    )
    page = context.new_page()
    asked: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto((settings.dashboards / "index.html").as_uri())
    page.wait_for_selector("#chart-cohorts .main-svg")
    return page, asked, complaints


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (390, "dark")])
def test_the_page_shows_the_scorecard_and_asks_nobody(
    browser: Browser, published: Settings, width: int, scheme: str
) -> None:
    page, asked, complaints = _open(browser, published, width, scheme)

    for card in cards(read(published.publication), "EUR"):
        place = page.locator(f"[data-kpi={card.kpi}]")
        assert place.locator(".value").inner_text() == card.value
        assert card.status in place.inner_text()
    trust = page.locator(".trust").inner_text()
    for text in ("Sun 22 Nov 2026", "23 Nov 2026, 08:00 UTC", "43/44 passed", "all 3 fresh", RUN_ID):
        assert text in trust
    assert page.locator("h1").inner_text() == "Larkspur & Sons"
    advice = page.locator("section[aria-labelledby=advice]").inner_text()
    assert "All channels: review the budget (warning): Cost per lead was 61 % above" in advice
    assert "+25.0 % on the period before." in page.locator("section[aria-labelledby=moved]").inner_text()
    assert page.locator(".chart .main-svg").count() >= 4
    # the numbers inside the heat map would lie over each other on a phone
    assert (page.locator("#chart-cohorts .heatmap-label").count() > 0) is (width > 640)
    assert asked == [(published.dashboards / "index.html").as_uri()]
    assert complaints == []
    # Nothing is wider than the window, on a phone neither.
    assert page.evaluate("document.documentElement.scrollWidth") == width


def test_names_are_text_and_nothing_else(browser: Browser, published: Settings) -> None:
    page, _, complaints = _open(browser, published, 1440, "light")

    assert page.get_by_role("rowheader", name=HOSTILE).first.is_visible()
    assert "owned" not in page.title()
    assert page.locator("main img").count() == 0
    assert complaints == []


def test_definitions_open_by_keyboard(browser: Browser, published: Settings) -> None:
    page, _, _ = _open(browser, published, 1440, "light")
    tip = page.locator("#about-click_through_rate")
    button = page.get_by_role("button", name="About Click-through rate")

    assert not tip.is_visible()
    button.focus()
    assert tip.is_visible()
    assert "Clicks of a hundred <impressions>." in tip.inner_text()
    page.keyboard.press("Escape")
    assert not tip.is_visible()


def test_the_policy_stops_a_planted_request(browser: Browser, published: Settings) -> None:
    page, _, complaints = _open(browser, published, 1440, "light")

    page.evaluate("fetch('https://example.com/').catch(() => 0)")
    page.evaluate("document.body.append(Object.assign(new Image(), {src: 'https://example.com/i.png'}))")
    page.wait_for_timeout(200)
    assert len(complaints) >= 2
    assert all("Content Security Policy" in text for text in complaints)


def test_dark_and_light_differ_and_paper_is_light(browser: Browser, published: Settings) -> None:
    page, _, _ = _open(browser, published, 1440, "dark")
    background = "getComputedStyle(document.body).backgroundColor"
    title = "document.querySelector('#chart-cohorts .xtitle').style.fill"

    assert page.evaluate(background) == "rgb(14, 20, 27)"
    assert page.evaluate(title) == "rgb(232, 237, 243)"
    page.emulate_media(media="print")
    page.wait_for_timeout(300)
    assert page.evaluate(title) == "rgb(24, 33, 44)"
    assert page.evaluate(background) == "rgb(255, 255, 255)"


def test_the_page_refers_to_no_other_place(published: Settings) -> None:
    text = (published.dashboards / "index.html").read_text(encoding="utf-8")
    found = _Addresses()
    found.feed(text)

    assert found.addresses == ["data:,", "#scorecard"]
    assert "default-src 'none'; script-src 'sha256-" in found.policy
    assert "unsafe-eval" not in found.policy


def test_the_index_follows_the_newest_page(published: Settings) -> None:
    index = published.dashboards / "index.html"
    gone = published.dashboards / "20200101T000000Z-000000"
    gone.mkdir()
    (gone / "index.html").write_text("of a publication that was removed")

    assert build(published) == [index, published.dashboards / RUN_ID / "index.html"]
    assert index.readlink() == Path(RUN_ID) / "index.html"
    assert not gone.exists()
