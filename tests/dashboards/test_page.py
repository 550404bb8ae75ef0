from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, expect

from dashboards.reading import read
from dashboards.words import Words
from tests.dashboards.looks import PATIENCE, clipped, hard_to_read, inaccessible, window
from tests.dashboards.world import HOSTILE
from tests.warehouse.small import RUN_ID
from warehouse.settings import Settings

PAGES = ("index", "ceo", "marketing", "channels", "kpis", "kpi/cost_per_lead", "fr/ceo", "it/kpi/retention_rate")
LOOKS: dict[str, tuple[int, Literal["light", "dark"]]] = {"desktop": (1280, "light"), "phone": (390, "dark")}
expect.set_options(timeout=PATIENCE)


@dataclass
class Opened:
    """A window, what its pages asked for, and what they complained of."""

    page: Page
    settings: Settings
    asked: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def go(self, name: str) -> Page:
        self.asked.clear()
        self.complaints.clear()
        self.page.goto((self.settings.dashboards / f"{name}.html").as_uri())
        return self.page


@pytest.fixture(scope="module", params=LOOKS)
def opened(browser: Browser, published: Settings, request: pytest.FixtureRequest) -> Iterator[Opened]:
    found = Opened(window(browser, *LOOKS[request.param]), published)
    found.page.on("request", lambda asked: found.asked.append(asked.url))
    found.page.on("console", lambda message: found.complaints.append(message.text))
    found.page.on("pageerror", lambda error: found.complaints.append(str(error)))
    yield found
    found.page.context.close()


@pytest.fixture
def page(browser: Browser, published: Settings) -> Iterator[Page]:
    opened = window(browser, scheme="dark")
    yield opened
    opened.context.close()


@pytest.mark.parametrize("name", PAGES)
def test_every_page_reads_well_and_asks_nobody(opened: Opened, name: str) -> None:
    page = opened.go(name)
    page.evaluate("page.drawAll()")
    expect(page.locator(".chart:not([data-drawn])")).to_have_count(0)
    # nothing but the page and the scripts beside it
    own = opened.settings.dashboards.as_uri()
    assert all(url.startswith((own, "data:")) for url in opened.asked), opened.asked
    assert opened.complaints == []
    assert clipped(page) == []
    assert hard_to_read(page) == []
    assert inaccessible(page) == []
    assert page.locator(".chart").count() == page.locator(".chart .main-svg").count() // 3
    trust = page.locator(".trust").inner_text()
    assert RUN_ID in trust
    assert "43" in trust and "44" in trust


@pytest.mark.parametrize(("name", "language"), [("index", "en"), ("ceo", "en"), ("fr/ceo", "fr")])
def test_the_cards_show_the_scorecard(opened: Opened, name: str, language: str) -> None:
    page, words = opened.go(name), Words(language, "EUR")
    rows = [row for row in read(opened.settings.publication).scorecard if row["is_focus"] or name == "index"]
    shown = {
        card.get_attribute("data-kpi"): card.locator(".value").inner_text() for card in page.locator("[data-kpi]").all()
    }
    assert shown == {row["kpi"]: words.value(row["value"], row["unit"]) for row in rows}


def test_the_banner_says_how_far_to_trust(opened: Opened) -> None:
    page = opened.go("index")
    trust = page.locator(".trust").inner_text()
    for text in ("Sun 22 Nov 2026", "23 Nov 2026, 08:00 UTC", "43 of 44 passed", "all 3 fresh", RUN_ID):
        assert text in trust
    assert "5 of 5 values may still change" in page.locator("header").inner_text()
    advice = page.locator("#section-advice").inner_text()
    assert "All channels: review the budget (warning)\nCost per lead was 61 % above" in advice
    assert "+25.0 % on the period before." in page.locator("#section-moved").inner_text()


def test_the_menu_leads_from_page_to_page(opened: Opened) -> None:
    page = opened.go("index")
    page.get_by_role("link", name="CEO").click()
    assert page.locator("h1").inner_text() == "CEO"
    assert page.url.endswith("/dashboards/ceo.html")
    page.get_by_role("link", name="FR").click()
    assert page.locator("html").get_attribute("lang") == "fr"
    assert page.url.endswith("/dashboards/fr/ceo.html")


def test_a_page_of_a_kpi_tells_all_of_it(page: Page, published: Settings) -> None:
    page.goto((published.dashboards / "index.html").as_uri())
    page.locator("[data-kpi=cost_per_lead] .name").click()
    assert page.locator("h1").inner_text() == "Cost per lead"
    assert page.locator(".pages [aria-current]").inner_text() == "KPIs"
    assert "spend / leads" in page.locator("#section-meaning").inner_text()
    lines = [row.inner_text().split("\t") for row in page.locator("#section-parts tbody tr").all()]
    assert lines == [
        [HOSTILE, "n/a", "", "", "21"],
        ["Paid Search", "€5.00", "▼ -50.0%", "70", "14"],
        ["Paid Social", "€5.00", "= unchanged", "35", "7"],
    ]
    page.locator("#section-history summary").click()
    newest = page.locator("#section-history tbody tr").first.inner_text().split("\t")
    assert newest[:5] == ["16–22 Nov 2026", "€2.50", "", "105", "42"]
    assert newest[-1] == "provisional"
    assert "+25.0 % on the period before." in page.locator("#section-why").inner_text()
    assert "minor" not in page.locator("#section-anomalies").inner_text()
    assert "✕ major, above" in page.locator("#section-anomalies").inner_text()


def test_names_are_text_and_nothing_else(page: Page, published: Settings) -> None:
    page.goto((published.dashboards / "index.html").as_uri())
    assert HOSTILE in page.locator("#section-advice").inner_text()
    assert "owned" not in page.title()
    assert page.locator("main img").count() == 0


def test_definitions_open_by_keyboard(page: Page, published: Settings) -> None:
    page.goto((published.dashboards / "index.html").as_uri())
    tip = page.locator("#about-click_through_rate")
    button = page.get_by_role("button", name="About Click-through rate")

    assert not tip.is_visible()
    button.focus()
    assert tip.is_visible()
    assert "Clicks of a hundred <impressions>." in tip.inner_text()
    page.keyboard.press("Escape")
    assert not tip.is_visible()


def test_the_policy_stops_a_planted_request(page: Page, published: Settings) -> None:
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.goto((published.dashboards / "ceo.html").as_uri())
    page.evaluate("fetch('https://example.com/').catch(() => 0)")
    page.evaluate("document.body.append(Object.assign(new Image(), {src: 'https://example.com/i.png'}))")
    page.evaluate(
        "document.body.append(Object.assign(document.createElement('script'), {textContent: 'window.ran = 1'}))"
    )
    page.wait_for_timeout(200)
    assert len(complaints) >= 3
    assert all("Content Security Policy" in text for text in complaints)
    assert page.evaluate("window.ran") is None


def test_charts_and_their_library_come_when_somebody_gets_near_and_all_of_them_on_paper(
    page: Page, published: Settings
) -> None:
    page.set_viewport_size({"width": 1280, "height": 500})
    page.goto((published.dashboards / "ceo.html").as_uri())
    assert page.locator(".chart").count() == 4
    # the cards come first: nothing is drawn, nor is there anything to draw with
    assert page.locator(".chart[data-drawn]").count() == 0
    assert page.evaluate("typeof Plotly") == "undefined"

    last = page.locator(".chart").last
    last.scroll_into_view_if_needed()
    expect(last).to_have_attribute("data-drawn", "yes")
    expect(page.locator(".chart:not([data-drawn])")).not_to_have_count(0)

    page.emulate_media(media="print")
    expect(page.locator(".chart:not([data-drawn])")).to_have_count(0)


def test_a_page_without_charts_never_reads_the_library(page: Page, published: Settings) -> None:
    page.clock.install()
    page.goto((published.dashboards / "kpis.html").as_uri())
    page.clock.run_for(60_000)
    assert page.locator("[data-figure]").count() == 0
    assert page.evaluate("typeof Plotly") == "undefined"


@pytest.mark.parametrize("idle", [True, False], ids=["idle moments", "none, as in Safari"])
def test_the_library_is_there_before_somebody_prints_what_was_never_near(
    page: Page, published: Settings, idle: bool
) -> None:
    if not idle:
        page.add_init_script("window.requestIdleCallback = undefined")
    page.set_viewport_size({"width": 1280, "height": 500})
    page.goto((published.dashboards / "ceo.html").as_uri())
    expect(page.locator("script[src*='plotly']")).to_have_count(1)
    assert page.locator(".chart[data-drawn]").count() == 0


def test_dark_and_light_differ_and_paper_is_light(page: Page, published: Settings) -> None:
    page.goto((published.dashboards / "ceo.html").as_uri())
    page.evaluate("page.drawAll()")
    background = "getComputedStyle(document.body).backgroundColor"
    title = "document.querySelector('#chart-cohorts .xtitle').style.fill"

    assert page.evaluate(background) == "rgb(14, 20, 27)"
    assert page.evaluate(title) == "rgb(232, 237, 243)"
    page.emulate_media(media="print")
    expect(page.locator("#chart-cohorts .xtitle")).to_have_css("fill", "rgb(24, 33, 44)")
    assert page.evaluate(background) == "rgb(255, 255, 255)"
    assert not page.locator(".pages").is_visible()
    # cards stand beside each other on paper too
    tops = page.evaluate("[...document.querySelectorAll('.card')].map((card) => card.getBoundingClientRect().top)")
    assert len(tops) == 4 and len(set(tops)) == 1
    # and so do halves, though a browser lays paper out as if it were 816 px wide
    page.set_viewport_size({"width": 816, "height": 900})
    expect(page.locator(".w-half").first).to_have_css("grid-column-start", "span 6")
