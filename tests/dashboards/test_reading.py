from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import duckdb
import pytest

from dashboards.charts import charts
from dashboards.reading import _gaps, read
from dashboards.tables import channel_table, gap_table, reconciliation_table
from tests.dashboards.conftest import HOSTILE
from tests.warehouse.small import AS_OF, RUN_ID, build_warehouse
from warehouse.errors import ConfigurationError
from warehouse.publish import publish
from warehouse.settings import Settings


def test_channels_are_ratios_of_sums(published: Settings) -> None:
    table = channel_table(read(published.publication).channels, "EUR")

    # 28 days of 10 EUR, 2 leads and 30 EUR; of 5 EUR, 1 lead and 4 EUR; and of 3 leads and 12 EUR for nothing.
    assert table.rows == [
        ("Paid Search", "280", "56", "5.00", "0", "840", "3.00x"),
        ("Paid Social", "140", "28", "5.00", "0", "112", "0.80x"),
        (HOSTILE, "0", "84", "n/a", "0", "336", "n/a"),
    ]
    assert table.totals == [
        ("Channels with spend", "420", "84", "5.00", "0", "952", "2.27x"),
        ("All channels", "420", "168", "2.50", "0", "1,288", "n/a"),
    ]


def test_unfinished_periods_are_left_out(published: Settings) -> None:
    contents = read(published.publication)

    assert [tuple(row.values()) for row in contents.weeks] == [
        (date(2026, 10, 26), 105.0, 238.0, 322.0),
        (date(2026, 11, 2), 105.0, 238.0, 322.0),
        (date(2026, 11, 9), 105.0, 238.0, 322.0),
        (date(2026, 11, 16), 105.0, 238.0, 322.0),
    ]
    # November is under way on the 22nd.
    assert {row["month"] for row in contents.funnel} == {date(2026, 10, 1)}
    assert [row["people"] for row in contents.funnel] == [900, 450, 300, 225, 180, 150]
    assert [(row["cohort_month"], row["months_since"]) for row in contents.cohorts] == [(date(2026, 9, 1), 1)]
    assert contents.reconciliation == []


def test_weeks_of_long_ago_are_no_newest_weeks(tmp_path: Path) -> None:
    """Spend with a gap of years in it: the chart of the last half year must not reach over the gap."""
    with duckdb.connect(str(build_warehouse(tmp_path / "warehouse.duckdb"))) as connection:
        for day in ("2020-07-17", "2026-05-24", "2026-05-25"):  # the first of the 26 weeks starts on 2026-05-25
            connection.execute(
                "insert into marts.channel_daily by name "
                f"select * replace (date '{day}' as date_day) from marts.channel_daily limit 1"
            )
    settings = Settings(home=tmp_path)
    publish(
        settings,
        run_id=RUN_ID,
        published_at=AS_OF,
        data_through=date(2026, 11, 22),
        checks_passed=1,
        checks_total=1,
    )
    weeks = [row["week"] for row in read(settings.publication).weeks]
    assert (weeks[0], len(weeks)) == (date(2026, 5, 25), 5)


def test_the_charts_say_their_numbers_in_words_too(published: Settings) -> None:
    drawn = {chart.name: chart for chart in charts(read(published.publication), "EUR")}

    assert list(drawn) == ["money-by-week", "attribution", "funnel", "cohorts"]
    assert drawn["funnel"].rows[:2] == [("Visitors", "900", ""), ("Leads", "450", "50.0%")]
    assert drawn["cohorts"].rows == [("Sep 2026", "10", "70%")]
    assert ("Paid Search", "350 EUR", "350 EUR", "350 EUR") in drawn["attribution"].rows


def test_the_causes_lead_from_the_claims_to_what_is_left_to_defend(published: Settings) -> None:
    table = gap_table(read(published.publication).gaps, "EUR")

    assert table.header == ("", "Google Ads", "All", "EUR")
    assert table.rows == [
        ("Claimed by the platforms", "9.0", "9.0", "900"),
        ("No consent: the buyer has no visit", "-3.0", "-3.0", "-300"),
        ("Unexplained: the rest", "-1.0", "-1.0", "-100"),
        ("To defend: won deals, each once, as credited", "5.0", "5.0", "500"),
    ]


def test_a_week_that_is_not_over_has_no_gap_yet(published: Settings) -> None:
    with duckdb.connect(str(published.publication), read_only=True) as connection:
        weeks = connection.execute("select max(week) from published.reconciliation_weekly").fetchall()
        assert weeks == [(date(2026, 11, 2),)]
        assert [row["line"] for row in _gaps(connection, date(2026, 11, 8))] == [
            "claimed", "no_consent", "unexplained", "defended",
        ]  # fmt: skip
        assert _gaps(connection, date(2026, 11, 7)) == []
        # 13 weeks later it is the oldest of the quarter, then gone
        assert _gaps(connection, date(2027, 2, 1)) != []
        assert _gaps(connection, date(2027, 2, 7)) == []


def test_the_reconciliation_shows_the_gap(published: Settings) -> None:
    rows = [
        {
            "channel": "Paid Search",
            "platform": "google_ads",
            "platform_conversions": 48.0,
            "ga4_conversions": 31.0,
            "crm_conversions": 24.0,
            "gap": 1.0,
            "platform_value": 4800.0,
            "crm_value": None,
        }
    ]
    assert reconciliation_table(rows, "EUR").rows == [
        ("Paid Search", "Google Ads", "48.0", "31", "24", "+100.0 %", "4,800", "n/a")
    ]


def test_a_publication_without_rows_still_makes_charts_of_what_there_is(published: Settings) -> None:
    empty = replace(
        read(published.publication), weeks=[], channels=[], funnel=[], attribution=[], cohorts=[], reconciliation=[]
    )
    assert charts(empty, "EUR") == []
    assert channel_table(empty.channels, "EUR").rows == []


def test_no_publication_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(
        ConfigurationError, match=r"kpi\.duckdb: there is no such database yet; run `kpi refresh` first"
    ):
        read(tmp_path / "serving" / "kpi.duckdb")


@pytest.mark.parametrize(
    ("forget", "words"),
    [
        (
            "attributed_revenue_amount = null where channel <> '(unattributed)'",
            "420 EUR of ad spend; what it brought is not known while no analytics is connected.",
        ),
        ("spend_amount = null", "no connected source knows of ad spend."),
    ],
)
def test_what_no_source_knows_is_not_drawn_as_nothing(tmp_path: Path, forget: str, words: str) -> None:
    with duckdb.connect(str(build_warehouse(tmp_path / "warehouse.duckdb"))) as connection:
        connection.execute(f"update marts.channel_daily set {forget}")
    settings = Settings(home=tmp_path)
    publish(
        settings,
        run_id=RUN_ID,
        published_at=AS_OF,
        data_through=date(2026, 11, 22),
        checks_passed=1,
        checks_total=1,
    )
    chart = charts(read(settings.publication), "EUR")[0]
    assert chart.name == "money-by-week"
    assert chart.summary.endswith(words)
    assert "n/a" in chart.rows[0]
