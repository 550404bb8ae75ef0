from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ingestion.search_console import source
from tests.ingestion.conftest import Trial
from warehouse.errors import ConfigurationError

QUERY = "/searchAnalytics/query"
SITE = "sc-domain:larkspur-office.example"


def test_totals_and_brand_queries_of_final_days(trial: Trial) -> None:
    report = trial.load("search_console", "2026-11-16", "2026-11-22")
    # One organic visit on the 18th; 44 of 92 impressions are of queries that are kept secret.
    assert trial.rows(
        "select site_url, date::varchar, clicks, impressions, ctr from raw_search_console.totals_daily"
    ) == [(SITE, "2026-11-18", 1.0, 92.0, 1 / 92)]
    assert trial.rows(
        "select query, clicks, impressions, brand_pattern from raw_search_console.brand_queries_daily order by query"
    ) == [
        ("larkspur", 0.0, 1.0, "lark"),
        ("larkspur büromöbel", 1.0, 3.0, "lark"),
        ("larkspur office", 0.0, 1.0, "lark"),
    ]
    assert report.newest_data_day == datetime(2026, 11, 18).date()
    # Midnight at the Pacific: the 22nd is over there.
    assert trial.rows(
        "select table_name, min(date_day)::varchar, max(date_day)::varchar from ops.coverage group by all order by all"
    ) == [("brand_queries_daily", "2026-11-16", "2026-11-22"), ("totals_daily", "2026-11-16", "2026-11-22")]
    (metadata,) = trial.rows("select distinct metadata from ops.requests where table_name = 'totals_daily'")
    assert metadata == ('{"aggregation": "byProperty", "data_state": "final", "time_zone": "America/Los_Angeles"}',)


def test_days_begin_at_the_pacific(trial: Trial) -> None:
    trial.load("search_console", "2026-11-16", "2026-11-22", as_of=datetime(2026, 11, 23, 7, 59, tzinfo=UTC))
    assert trial.rows("select max(date_day)::varchar from ops.coverage") == [("2026-11-21",)]


def test_a_day_comes_when_it_is_final_and_what_is_withdrawn_goes(trial: Trial) -> None:
    trial.control.set_clock(datetime(2026, 11, 20, 8, tzinfo=UTC))
    trial.load("search_console", "2026-11-15", "2026-11-19")
    assert trial.rows("select count(*) from raw_search_console.totals_daily") == [(0,)]
    trial.execute("insert into raw_search_console.totals_daily (site_url, date, clicks) "
                  f"values ('{SITE}', '2026-11-17', 9), ('{SITE}', '2026-11-10', 8)")  # fmt: skip
    trial.control.advance(timedelta(days=1))
    trial.load("search_console", "2026-11-16", "2026-11-20")
    assert trial.rows("select date::varchar, clicks from raw_search_console.totals_daily order by date") == [
        ("2026-11-10", 8.0),
        ("2026-11-18", 1.0),
    ]


def test_pages_and_parts_make_the_same_rows(trial: Trial, monkeypatch: pytest.MonkeyPatch) -> None:
    everything = "select * exclude (_dlt_load_id, _loaded_at) from raw_search_console.brand_queries_daily order by all"
    trial.load("search_console", "2026-11-01", "2026-11-20")
    whole, asked = trial.rows(everything), len(trial.asked(QUERY))
    assert asked == 4  # Two tables, and the empty page that ends each.
    monkeypatch.setattr(source, "PAGE_ROWS", 2)
    monkeypatch.setattr(source, "DAYS_A_REQUEST", 10)
    trial.load("search_console", "2026-11-01", "2026-11-20")
    assert trial.rows(everything) == whole
    # Two parts a table: nothing in the first; in the second one row of totals, and two pages of queries.
    assert len(trial.asked(QUERY)) - asked == (1 + 2) + (1 + 3)


def test_history_ends_after_sixteen_months(trial: Trial) -> None:
    trial.load("search_console", "2025-06-01", "2025-07-31")
    assert trial.rows("select min(date_day)::varchar, max(date_day)::varchar from ops.coverage") == [
        ("2025-07-23", "2025-07-31")
    ]


def test_without_a_pattern_the_brand_stays_as_it_is(trial: Trial) -> None:
    trial.load("search_console", "2026-11-16", "2026-11-20")
    trial.overrides["search_console"] = {"brand_pattern": ""}
    report = trial.load("search_console", "2026-11-16", "2026-11-20")
    assert report.tables == {"totals_daily": 1}
    assert trial.rows("select count(*) from raw_search_console.brand_queries_daily") == [(3,)]


def test_another_pattern_is_told(trial: Trial) -> None:
    trial.load("search_console", "2026-11-16", "2026-11-18")
    trial.overrides["search_console"] = {"brand_pattern": "lark|büro"}
    report = trial.load("search_console", "2026-11-17", "2026-11-20")
    assert report.warnings == (
        f"site {SITE}: earlier days hold the queries of the brand_pattern 'lark'; load them again with --from",
    )


def test_a_day_with_more_rows_than_google_shows_is_told(trial: Trial, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "ROWS_A_DAY", 3)
    report = trial.load("search_console", "2026-11-16", "2026-11-20")
    assert report.warnings == (f"site {SITE}: brand_queries_daily 2026-11-18: Google shows 3 rows a day and no more",)


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (
            {"site_url": "larkspur-office.example"},
            "site_url = 'larkspur-office.example': is no property of Search Console",
        ),
        ({"brand_pattern": "(lark"}, "brand_pattern = '(lark': is no regular expression (missing ), unterminated"),
        ({"site_url": ""}, "sources.search_console.site_url is missing"),
        ({"site_url": "https://www.other.example/"}, "add its e-mail address under Settings > Users and permissions"),
    ],
)
def test_what_is_set_wrongly_is_one_line(trial: Trial, change: dict[str, str], line: str) -> None:
    trial.overrides["search_console"] = change
    with pytest.raises(ConfigurationError) as caught:
        trial.load("search_console", "2026-11-16", "2026-11-20")
    assert line in str(caught.value)
    assert "\n" not in str(caught.value)


def test_probe_tries_site_and_pattern(trial: Trial) -> None:
    trial.control.set_clock(datetime(2026, 11, 25, 8, tzinfo=UTC))
    (verdict,) = trial.probe("search_console")
    assert (verdict.ok, verdict.subject) == (True, f"site {SITE}")
    assert verdict.message == "readable; 3 queries of the brand with 1 clicks in a week"
    trial.inject("search_console.bad_regex", QUERY)
    (verdict,) = trial.probe("search_console")
    assert (verdict.ok, "Mend sources.search_console.brand_pattern" in verdict.message) == (False, True)
    trial.control.inject("/sites/", 1, 200, {"siteUrl": SITE, "permissionLevel": "siteUnverifiedUser"})
    (verdict,) = trial.probe("search_console")
    assert (verdict.ok, verdict.message) == (False, "is not verified for the service account")
    trial.overrides["search_console"] = {"brand_pattern": ""}
    (verdict,) = trial.probe("search_console")
    assert verdict.message == "readable; no brand_pattern is set, so that only totals are read"
