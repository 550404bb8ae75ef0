"""A source that is down, a wrong row and a day that is missing hold the KPIs that rest on them, and no others."""

from __future__ import annotations

import os

import pytest

from cli.main import run as kpi
from tests.conftest import MainJob
from tests.refresh.test_main_job import by_table, fingerprints

TOKEN = "SOURCES__META_ADS__ACCESS_TOKEN"
# As if a load had brought them: a build looks at rows of other loads only.
WRONG_ROWS = (
    "update raw_meta_ads.campaign_daily set spend = '-' || spend, _dlt_load_id = '-' || _dlt_load_id "
    "where date_start = '2026-03-10'"
)
RIGHT_ROWS = WRONG_ROWS.replace("'-' || spend", "substr(spend, 2)").replace(
    "'-' || _dlt_load_id", "substr(_dlt_load_id, 2)"
)
# Who reads Meta's rows, by what dim_kpi says of its sources; loads and checks know nothing of that column.
RESTING = "select kpi from dim_kpi where list_contains(string_split(sources, ','), 'meta_ads') order by kpi"
STALE = "select kpi from kpi_status where is_stale order by kpi"


def test_a_source_that_is_down_and_a_wrong_row_hold_what_rests_on_them_until_both_are_mended(
    spare_job: MainJob, capfd: pytest.CaptureFixture[str]
) -> None:
    before, first = fingerprints(spare_job), spare_job.report.run_id
    spend = spare_job.published("select * from fct_ad_spend order by all")
    ((right,),) = spare_job.warehouse("select sum(spend::decimal(18, 2)) from raw_meta_ads.campaign_daily")
    spare_job.warehouse(WRONG_ROWS)
    token, os.environ[TOKEN] = os.environ[TOKEN], "wrong"

    assert kpi(["refresh"]) == 1

    said = " ".join(capfd.readouterr().out.split())
    assert "held: the last load of meta_ads failed" in said
    assert "the access token was refused" in said
    assert "`kpi refresh --source meta_ads`" in said
    resting = spare_job.published(RESTING)
    assert ("cost_per_lead",) in resting
    assert ("retention_rate",) not in resting
    assert spare_job.published(STALE) == resting
    runs = dict(spare_job.published("select is_stale, list(distinct run_id) from kpi_status group by is_stale"))  # type: ignore[arg-type]
    ((newest,),) = spare_job.published("select run_id from publication")
    assert newest != first
    assert runs == {True: [first], False: [newest]}
    assert spare_job.published("select kpi from kpi_scorecard where is_stale order by kpi") == spare_job.published(
        "select kpi from kpi_status inner join dim_kpi using (kpi) where is_stale and kind = 'kpi' order by kpi"
    )
    assert spare_job.published("select * from fct_ad_spend order by all") == spend
    tables = dict(spare_job.published("select table_name, is_stale from table_status"))  # type: ignore[arg-type]
    assert (tables["fct_ad_spend"], tables["channel_daily"], tables["fct_orders"]) == (True, True, False)
    assert kpi(["status"]) == 0
    assert "! stale: " in capfd.readouterr().out

    os.environ[TOKEN] = token
    spare_job.warehouse(RIGHT_ROWS)
    assert spare_job.warehouse("select sum(spend::decimal(18, 2)) from raw_meta_ads.campaign_daily") == [(right,)]
    assert kpi(["refresh"]) == 0
    assert spare_job.published(STALE) == []
    assert by_table(fingerprints(spare_job), before) == {}


def test_a_day_that_is_missing_holds_what_rests_on_its_source(
    spare_job: MainJob, capfd: pytest.CaptureFixture[str]
) -> None:
    for table, day in (
        ("raw_meta_ads.campaign_daily", "date_start"),
        ("ops.coverage", "source = 'meta_ads' and date_day"),
    ):
        spare_job.warehouse(f"delete from {table} where {day} = '2026-11-10'")

    assert kpi(["publish"]) == 1

    said = " ".join(capfd.readouterr().out.split())
    assert "held: ops.coverage: check meta_ads_covers_its_window found" in said
    assert "2026-11-10" in said
    resting = spare_job.published(RESTING)
    assert spare_job.published(STALE) == resting
    # who publishes again has no newer numbers
    assert kpi(["publish"]) == 1
    assert spare_job.published(STALE) == resting
