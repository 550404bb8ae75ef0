"""What is behind a value of the stub, counted by hand in tests/transform/kpi/project/models/marts."""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path

import duckdb
import pytest

from cli.explain import GRAINS
from cli.main import run
from tests.transform.kpi.conftest import AS_OF
from transform.build import target_path
from transform.kpi.asked import GRAIN_NAMES, Period, parse_period
from transform.kpi.registry import Registry
from transform.kpi.store import compute
from warehouse.errors import ConfigurationError
from warehouse.settings import Settings


@pytest.fixture(scope="module")
def home(stub: Settings, registry: Registry, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the stub's warehouse and a publication of its KPI tables."""
    home = tmp_path_factory.mktemp("explained")
    shutil.copy(stub.warehouse, home / "warehouse.duckdb")
    (home / "dbt").mkdir()
    for name in ("semantic_manifest.json", "manifest.json"):
        shutil.copy(target_path(stub) / name, home / "dbt" / name)
    settings = stub.model_copy(update={"home": home})
    (home / "serving").mkdir()
    with duckdb.connect(str(settings.warehouse)) as connection:
        # so that January to March is a whole window
        connection.execute(
            "insert into marts.fct_closed_deals (deal_id, is_won, date_day, channel) "
            "values (90, true, '2025-12-31', 'Direct')"
        )
        compute(connection, registry, settings=settings, as_of=AS_OF, run_id="run-1")
        for column in ("title text", "last_loaded_at timestamptz"):
            connection.execute(f"alter table ops.sources add column {column}")
        connection.execute("update ops.sources set title = source, last_loaded_at = '2026-03-10 06:00:00+00'")
        connection.execute(
            "create table ops.restatements as select * from (values "
            "('google_ads', 'campaign_daily', 'a1', date '2026-02-24', 'clicks', 10::decimal(38, 9), "
            "12::decimal(38, 9), timestamptz '2026-03-01 06:00:00+00', 'l'), "
            "('google_ads', 'campaign_daily', 'a1', date '2026-02-25', 'clicks', 5, 4, '2026-03-02 06:00:00+00', 'l'), "
            "('google_ads', 'campaign_daily', 'a1', date '2026-03-02', 'clicks', 5, 9, '2026-03-08 06:00:00+00', 'l'), "
            "('ga4_export', 'events', 'p', date '2026-02-24', 'events', 5, 9, '2026-03-08 06:00:00+00', 'l')) "
            "as r (source, table_name, account_id, date_day, measure, old_value, new_value, seen_at, load_id)"
        )
        connection.execute(f"attach '{home / 'serving' / 'kpi.duckdb'}' as target")
        connection.execute("create schema target.published")
        for table, source in (("kpi_values", "published.kpi_values"), ("dim_kpi", "semantic.dim_kpi")):
            connection.execute(f"create table target.published.{table} as from {source}")
        connection.execute(
            "create table target.published.check_results as select * from (values "
            "('kpi_cost_per_lead_in_range', 'semantic.kpi_values', 'block', true, '60', '0 to 5000'), "
            "('kpi_cost_per_mille_in_range', 'semantic.kpi_values', 'block', true, '5', '0 to 500'), "
            "('leads_are_known', 'marts.fct_leads', 'warn', false, '1', '0')) "
            "as c (check_name, table_name, severity, passed, value, limit_text)"
        )
    return home


@pytest.fixture
def at_home(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("KPI_HOME", str(home))
    return home


def test_a_value_is_shown_with_the_rows_behind_both_sides(at_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", "cost_per_lead", "--period", "2026-W09", "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["value"]["value"], found["value"]["numerator"], found["value"]["denominator"]) == (60.0, 180.0, 3.0)
    assert (found["value"]["target_value"], found["value"]["status"]) == (32.0, "not_enough_data")
    facts = {fact["metric"]: fact for fact in found["facts"]}
    assert set(facts) == {"spend", "leads"}
    assert (facts["leads"]["table"], facts["leads"]["rows"], facts["leads"]["total"]) == ("marts.fct_leads", 3, 3.0)
    assert facts["spend"]["total"] == 180.0
    assert len(facts["leads"]["sample"]) == 3
    # the contributions of tests/transform/kpi/project: all of the week's leads and spend
    by_source = {(row["metric"], row["source"]): row["value"] for row in found["origins"]}
    assert by_source == {("leads", "hubspot"): 3.0, ("spend", "google_ads"): 180.0}
    # of the two days of Google Ads that changed in the week +2 and -1; the other week and the other source do not count
    (restated,) = found["restatements"]
    assert (restated["source"], restated["days"], restated["change"]) == ("google_ads", 2, 1.0)
    assert [check["check_name"] for check in found["checks"]] == ["leads_are_known", "kpi_cost_per_lead_in_range"]
    assert {row["source"] for row in found["sources"]} == {"fx_rates", "google_ads", "hubspot"}
    assert "fct_leads" in found["sql"]
    assert found["unpublished_value"] is None


def test_a_part_has_its_own_rows_and_a_stock_those_of_its_last_day(
    at_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--period", "2026-02", "--format", "json"]
    assert run(["explain", "click_through_rate", "--segment", "channel=Paid Search", *arguments]) == 0
    found = json.loads(capsys.readouterr().out)
    for fact in found["facts"]:
        place = fact["columns"].index("channel")
        assert {row[place] for row in fact["sample"]} == {"Paid Search"}
    assert {fact["metric"]: fact["total"] for fact in found["facts"]} == {
        "clicks": found["value"]["numerator"],
        "impressions": found["value"]["denominator"],
    }
    assert run(["explain", "repeat_purchase_rate", *arguments]) == 0
    found = json.loads(capsys.readouterr().out)
    # one customer of two on 28 February
    assert {fact["metric"]: fact["total"] for fact in found["facts"]} == {"repeat_customers": 1.0, "customers": 2.0}


def test_a_person_reads_it_without_json(at_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", "cost_per_lead", "--period", "2026-W09", "--rows", "1"]) == 0
    text = capsys.readouterr().out
    for part in (
        "60.00 EUR",
        "= ad spend / new leads",
        "Ad spend 180.00 EUR / New leads 3",
        "of it 180.00 EUR from google_ads",
        "target 32.00 EUR by 2026-12-31 (from 38.00 EUR on 2026-01-01), marketing",
        "rests on 3 New leads, fewer than the 10 that a status asks for",
        "3 rows of marts.fct_leads",
        "FAILED leads_are",
    ):
        assert part in text
    # a period that is not over is held against nothing, and what is not there is said in words
    assert run(["explain", "cost_per_lead", "--period", "2026-W11"]) == 0
    text = capsys.readouterr().out
    assert (
        "(zero_denominator: New leads is 0, so that there is nothing to divide by), so far: not every source has"
        in text
    )
    # without a period, the newest complete week of the KPI
    assert run(["explain", "cost_per_lead"]) == 0
    assert "week 2026-03-02 to 2026-03-08" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["cost_per_leed"], "did you mean cost_per_lead?"),
        (["xyz"], " more\n"),
        (["cost_per_lead", "--period", "2026-13"], "write a month 2026-10, an ISO week 2026-W45 or a day 2026-11-03"),
        (
            ["cost_per_lead", "--period", "2026-W09", "--grain", "month"],
            "2026-W09 is a week, not a month; write a month",
        ),
        (
            ["cost_per_lead", "--grain", "trailing_3_months"],
            "not worked out by trailing_3_months; it is by day, week and",
        ),
        (
            ["win_rate", "--period", "2026-W09", "--grain", "trailing_3_months"],
            "is a week, and a window of 3 months ends",
        ),
        (
            ["win_rate", "--period", "2026-03", "--grain", "trailing_12_months"],
            "no value of 12 months to 2026-03; it has values of",
        ),
        (
            ["win_rate", "--grain", "trailing_3_months", "--segment", "channel=Direct"],
            "no value of a complete trailing_3_months for Direct; it has values of windows in total only",
        ),
        (["cost_per_lead", "--period", "2031-W05"], "no value of 2031-W05; it has values from 2026-W"),
        (["cost_per_lead", "--segment", "Paid Search"], "write a dimension and its part"),
        (["cost_per_lead", "--segment", "colour=red"], "cost_per_lead is split by channel"),
        (["cost_per_lead", "--segment", "channel=Paid Serch"], "did you mean Paid Search?"),
    ],
)
def test_what_is_not_there_is_told_in_one_line(
    at_home: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    assert run(["explain", *arguments]) == 2
    line = capsys.readouterr().err
    assert message in line
    assert line.count("\n") == 1


def test_a_period_is_a_month_a_week_or_a_day() -> None:
    assert parse_period("2026-02") == Period("month", date(2026, 2, 1))
    assert parse_period("2026-W53") == Period("week", date(2026, 12, 28))
    assert parse_period("2026-02-28").end == date(2026, 2, 28)
    with pytest.raises(ConfigurationError):
        parse_period("2025-W53")


def test_a_window_is_told_by_the_month_that_it_ends_with() -> None:
    assert GRAINS == GRAIN_NAMES
    window = parse_period("2026-02", "trailing_3_months")
    assert (window.start, window.end, window.words) == (date(2025, 12, 1), date(2026, 2, 28), "3 months")
    assert parse_period("2026-02", "trailing_12_months").start == date(2025, 3, 1)
    assert parse_period("2026-02", "month") == Period("month", date(2026, 2, 1))


def test_a_window_has_the_rows_of_all_its_months_and_the_statement_that_gave_it(
    at_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    window = ["--grain", "trailing_3_months", "--period", "2026-03"]
    assert run(["explain", "win_rate", *window, "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    # the 1 of 2 deals of January and 2 of 3 of February
    assert found["period"] == {"grain": "trailing_3_months", "start": "2026-01-01", "end": "2026-03-31"}
    assert (found["value"]["value"], found["value"]["numerator"], found["value"]["denominator"]) == (0.6, 3.0, 5.0)
    assert {fact["metric"]: fact["total"] for fact in found["facts"]} == {"won_deals": 3.0, "closed_deals": 5.0}
    with duckdb.connect(str(at_home / "warehouse.duckdb"), read_only=True) as warehouse:
        rows = warehouse.execute(found["sql"]).fetchall()
    assert [row[1:] for row in rows if row[0].date() == date(2026, 3, 1)] == [(0.6, 3, 5)]
    assert run(["explain", "win_rate", *window]) == 0
    assert "3 months 2026-01-01 to 2026-03-31" in capsys.readouterr().out


def test_a_campaign_is_told_and_shown_by_its_name(at_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["explain", "cost_per_click", "--period", "2026-03", "--segment"]
    shown = []
    for part in ("campaign=generic", "campaign=Chairs DE"):
        assert run([*arguments, part]) == 0
        shown.append(capsys.readouterr().out)
    assert shown[0] == shown[1]
    assert ", campaign Chairs DE" in shown[0]
    # in the rows of the facts too
    assert " generic " not in shown[0]
    assert run([*arguments, "campaign=Chairs D"]) == 2
    assert "did you mean Chairs DE?" in capsys.readouterr().err


def test_a_key_event_stands_above_all_visits(at_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["explain", "conversion_rate", "--period", "2026-01", "--segment", "key_event=book_call"]
    assert run([*arguments, "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    # one of the three visits of January booked a call
    assert {fact["metric"]: (fact["rows"], fact["total"]) for fact in found["facts"]} == {
        "key_event_sessions": (1, 1.0),
        "sessions": (3, 3.0),
    }
    assert run(arguments) == 0
    assert "Sessions by key event 1 / Sessions 3" in capsys.readouterr().out


def test_what_the_registry_knows_and_the_publication_does_not_asks_for_a_refresh(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(home, tmp_path / "older")
    with duckdb.connect(str(tmp_path / "older" / "serving" / "kpi.duckdb")) as publication:
        publication.execute("update published.dim_kpi set segments = 'channel' where kpi = 'cost_per_click'")
        publication.execute("delete from published.kpi_values where segment_dimension = 'campaign'")
        publication.execute("delete from published.dim_kpi where kpi = 'win_rate'")
    monkeypatch.setenv("KPI_HOME", str(tmp_path / "older"))
    for arguments, message in (
        (
            ["cost_per_click", "--segment", "campaign=generic"],
            "kpi: --segment 'campaign': cost_per_click is not published by campaign yet; run `kpi refresh` first\n",
        ),
        (["win_rate"], "kpi: win_rate is not published yet: it is new; run `kpi refresh` first\n"),
        (
            ["spend", "--segment", "campaign=generic"],
            "kpi: --segment campaign=generic: nothing is known of spend by campaign\n",
        ),
    ):
        assert run(["explain", *arguments]) == 2
        assert capsys.readouterr().err == message


def test_people_of_a_week_are_the_row_that_was_counted_for_the_week(
    at_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["explain", "reach", "--period", "2026-W10", "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    (fact,) = found["facts"]
    # neither its days' nor its month's
    assert (found["value"]["value"], fact["rows"], fact["total"]) == (9200.0, 1, 9200.0)
    assert "= 'week'" in found["sql"]
