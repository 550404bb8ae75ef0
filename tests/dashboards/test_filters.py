from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from dashboards.reading import read
from dashboards.words import Words
from tests.dashboards.looks import PATIENCE, window
from tests.dashboards.world import HOSTILE
from warehouse.connection import reader
from warehouse.settings import Settings

WORDS = Words("en", "EUR")
expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    opened = window(browser)
    yield opened
    opened.context.close()


@pytest.fixture
def marketing(page: Page, published: Settings) -> Page:
    page.goto("about:blank")
    page.goto((published.dashboards / "marketing.html").as_uri() + "#period=7")
    return page


def shown(page: Page, table: str, member: str, column: str) -> str:
    """The cell's number, and its change where there is one."""
    row = page.locator(f"#cube-{table} tr").filter(has=page.get_by_role("rowheader", name=member, exact=True))
    return row.locator(f"[data-column={column}]").inner_text().replace("\n", " ")


def control(page: Page, name: str) -> Locator:
    return page.locator("#filters").get_by_label(name, exact=True)


def test_without_a_filter_the_total_is_the_scorecards(marketing: Page, published: Settings) -> None:
    card = next(row for row in read(published.publication).scorecard if row["kpi"] == "cost_per_lead")
    assert card["period_start"].isoformat() == "2026-11-16"
    total = shown(marketing, "channels", "All together", "cost_per_lead")
    assert total.split()[0] == WORDS.value(card["value"], "currency") == "€2.50"


def test_each_channel_is_what_is_published(marketing: Page, published: Settings) -> None:
    with reader(published.publication) as connection:
        rows = connection.execute(
            "select segment_value, kpi, sum(numerator) from published.kpi_values where grain = 'day' "
            "and segment_dimension = 'channel' and period_start >= date '2026-11-16' and kpi in ('spend', 'leads') "
            "group by all"
        ).fetchall()
    assert len(rows) == 6
    for channel, kpi, value in rows:
        written = WORDS.money(value) if kpi == "spend" else WORDS.whole(value)
        assert shown(marketing, "channels", channel, kpi).split()[0] == written


def test_ratios_are_ratios_of_sums_and_changes_are_against_the_period_before(marketing: Page) -> None:
    # 70 EUR for 14 leads, against 140 for 14; 35 for 7 in both; 105 for 42 against 175 for 42
    assert shown(marketing, "channels", "Paid Search", "cost_per_lead") == "€5.00 ▼ -50.0%"
    assert shown(marketing, "channels", "Paid Social", "cost_per_lead") == "€5.00 = unchanged"
    assert shown(marketing, "channels", "All together", "cost_per_lead") == "€2.50 ▼ -40.0%"
    # leads that nothing was spent for have no price, as in the published table
    assert shown(marketing, "channels", HOSTILE, "cost_per_lead") == "n/a"
    assert shown(marketing, "channels", "Paid Search", "share") == "66.7%"
    assert "16 – 22 Nov 2026 against 9 – 15 Nov 2026" in marketing.locator(
        "#cube-channels [data-range]"
    ).inner_text().replace("–", " – ").replace("\N{THIN SPACE}", "").replace("  ", " ")


def test_period_comparison_and_channel_rule_the_table(marketing: Page) -> None:
    control(marketing, "Channel").select_option("Paid Search")
    assert marketing.locator("#cube-channels tbody tr").count() == 1
    assert shown(marketing, "channels", "All together", "cost_per_lead") == "€5.00 ▼ -50.0%"
    control(marketing, "Compare with").select_option("none")
    assert shown(marketing, "channels", "All together", "cost_per_lead") == "€5.00"
    # 22 days of November: 15 of 20 EUR and 7 of 10, 2 leads each
    control(marketing, "Period").select_option("month")
    assert shown(marketing, "channels", "All together", "spend") == "€370"
    assert shown(marketing, "channels", "All together", "leads") == "44"
    control(marketing, "Period").select_option("custom")
    control(marketing, "From").fill("2026-11-14")
    control(marketing, "To").fill("2026-11-17")
    assert shown(marketing, "channels", "All together", "spend") == "€60"
    # what is chosen is in the address, so that it can be sent on
    assert "channel=Paid+Search" in marketing.url
    marketing.get_by_role("button", name="Reset").click()
    assert marketing.locator("#cube-channels tbody tr").count() == 3
    assert "#" not in marketing.url


def test_another_currency_is_converted_day_by_day(marketing: Page) -> None:
    control(marketing, "Period").select_option("28")
    control(marketing, "Compare with").select_option("none")
    # 21 days of 25 EUR at 0.50 and 7 of 15 at 0.25: 1050 and 420 francs
    assert shown(marketing, "channels", "All together", "spend") == "€630"
    control(marketing, "Currency").select_option("CHF")
    assert shown(marketing, "channels", "All together", "spend").replace("\N{NO-BREAK SPACE}", " ") == "CHF 1,470"
    assert shown(marketing, "channels", "All together", "leads") == "168"


def test_countries_have_a_filter_of_their_own(marketing: Page) -> None:
    control(marketing, "Country").select_option("Germany")
    assert marketing.locator("#cube-countries tbody tr").count() == 1
    assert shown(marketing, "countries", "All together", "sessions").split()[0] == "350"
    # 2 of 50 visits a day
    assert shown(marketing, "countries", "All together", "conversion_rate").split()[0] == "4.0%"
    assert marketing.locator("#cube-channels tbody tr").count() == 3


def test_a_week_that_is_cut_is_left_out(marketing: Page) -> None:
    control(marketing, "Period").select_option("custom")
    control(marketing, "From").fill("2026-11-10")
    control(marketing, "To").fill("2026-11-22")
    assert "16" in marketing.locator("#cube-countries [data-range]").inner_text()
    assert shown(marketing, "countries", "All together", "leads").split()[0] == "42"


def test_columns_sort_by_keyboard(marketing: Page) -> None:
    names = marketing.locator("#cube-channels tbody th")
    expect(names.first).to_have_text("Paid Search")
    heading = marketing.locator("#cube-channels").get_by_role("button", name="New leads")
    heading.focus()
    marketing.keyboard.press("Enter")
    expect(names.first).to_have_text(HOSTILE)
    assert marketing.locator("#cube-channels [aria-sort]").get_attribute("aria-sort") == "descending"


def test_trends_follow_channel_and_campaign(page: Page, published: Settings) -> None:
    page.goto((published.dashboards / "channels.html").as_uri() + "#period=7")
    rate = page.locator("#cube-trend-click-through-rate .value")
    expect(rate).to_have_text("1.5%")
    control(page, "Channel").select_option("Paid Social")
    expect(rate).to_have_text("1.0%")
    control(page, "Channel").select_option("")
    control(page, "Campaign").select_option("11")
    expect(rate).to_have_text("2.0%")
    assert page.locator("#cube-campaigns tbody tr").count() == 1
    points = page.evaluate("page.data.figures['trend-trend-click-through-rate'].data[0].y")
    assert points == [0.02]


def test_a_filtered_page_in_french_writes_as_french_does(page: Page, published: Settings) -> None:
    page.goto((published.dashboards / "fr" / "marketing.html").as_uri() + "#period=28")
    total = page.locator("#cube-channels tfoot [data-column=cost_per_lead] .amount").inner_text()
    assert total == Words("fr", "EUR").value(630 / 168, "currency") == "3,75\N{NO-BREAK SPACE}€"
