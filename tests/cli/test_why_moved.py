"""`kpi why-moved` over publications of the small warehouse, each change of which is planted and worked out by hand."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from cli.main import run
from tests.warehouse.small import build_warehouse
from warehouse.publish import publish
from warehouse.settings import Settings
from warehouse.tables import KPI_CONTRIBUTIONS, KPI_DEFINITIONS, KPI_INPUTS

# ISO week 46: 2026-11-09 to 2026-11-15. 105.00 EUR for 42 leads are 2.50 EUR a lead.
WEEK = "kpi = 'cost_per_lead' and grain = 'week' and period_start = date '2026-11-09'"
START = """
insert into semantic.kpi_contributions values
    ('spend', '2026-11-10', 'google_ads', '1', 'EUR', 1.0, 60, null),
    ('spend', '2026-11-10', 'google_ads', '2', 'CHF', 1.0, 45, null),
    ('spend', '2026-11-20', 'google_ads', '1', 'EUR', 1.0, 1000, null),
    ('leads', '2026-11-11', 'hubspot', '', '', null, 42, null);
insert into semantic.kpi_inputs values
    ('cost_per_lead', 'numerator', 'spend', 1), ('cost_per_lead', 'denominator', 'leads', 1);
insert into semantic.kpi_definitions values ('cost_per_lead', 'a', '{"attribution_model": "linear"}');
insert into semantic.dim_kpi by name select * replace ('spend' as kpi, 'Ad spend' as label, 'currency' as unit,
    null as denominator_name) from semantic.dim_kpi where kpi = 'cost_per_lead';
insert into semantic.dim_kpi by name select * replace ('leads' as kpi, 'New leads' as label, 'count' as unit,
    null as denominator_name) from semantic.dim_kpi where kpi = 'cost_per_lead';
update semantic.dim_kpi set sources = 'google_ads,meta_ads,hubspot' where kpi = 'cost_per_lead';
create table ops.restatements as select * from (values
    ('google_ads', 'campaign_daily', '1', date '2026-11-10', 'cost_micros', 60000000::decimal(38, 9),
     81000000::decimal(38, 9), timestamptz '2026-11-24 07:00:00+00', 'x'),
    ('google_ads', 'campaign_daily', '1', date '2026-11-20', 'cost_micros', 1, 2,
     timestamptz '2026-11-24 07:00:00+00', 'x'),
    ('ga4', 'day_totals', '1', date '2026-11-10', 'sessions', 1, 2, timestamptz '2026-11-24 07:00:00+00', 'x')
) as t (source, table_name, account_id, date_day, measure, old_value, new_value, seen_at, load_id);
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The first publication of the week, on 23 November."""
    monkeypatch.setenv("KPI_HOME", str(tmp_path))
    settings = Settings(home=tmp_path)
    build_warehouse(settings.warehouse)
    with duckdb.connect(str(settings.warehouse)) as connection:
        for table in (KPI_CONTRIBUTIONS, KPI_INPUTS, KPI_DEFINITIONS):
            table.create(connection)
    change(settings, START)
    release(settings, 23)
    return settings


def change(settings: Settings, statements: str) -> None:
    with duckdb.connect(str(settings.warehouse)) as connection:
        connection.execute("set timezone = 'UTC'")
        connection.execute(statements)


def release(settings: Settings, day: int) -> None:
    publish(
        settings,
        run_id=f"run-{day}",
        published_at=datetime(2026, 11, day, 8, tzinfo=UTC),
        data_through=date(2026, 11, day - 1),
        checks_passed=1,
        checks_total=1,
    )


def value(numerator: int, denominator: int) -> str:
    sides = f"numerator = {numerator}, denominator = {denominator}, value = {numerator}::double / {denominator}"
    return f"update semantic.kpi_values set {sides} where {WEEK};"


def spend(account: str, amount: int, rate: str = "1.0") -> str:
    return (
        f"update semantic.kpi_contributions set value = {amount}, fx_rate = {rate} "
        f"where account_id = '{account}' and date_day = '2026-11-10';"
    )


def parts(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[tuple[Any, ...], float]:
    capsys.readouterr()
    assert run(["why-moved", "cost_per_lead", "--period", "2026-W46", "--format", "json", *arguments]) == 0
    records = json.loads(capsys.readouterr().out)
    assert sum(record["effect"] for record in records) == pytest.approx(records[0]["change"], abs=1e-12)
    return {(record["cause"], record["source"], record["account_id"]): record["effect"] for record in records}


def test_each_account_has_its_part_over_three_publications(home: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    # account 1 restates: 126 / 42 = 3.00
    change(home, value(126, 42) + spend("1", 81))
    release(home, 24)
    # the franc is worth 1.2, Meta comes late with 18 EUR, and three leads more: 153 / 45 = 3.40
    change(
        home,
        value(153, 45) + spend("2", 54, "1.2") + "insert into semantic.kpi_contributions values "
        "('spend', '2026-11-12', 'meta_ads', '31', 'EUR', 1.0, 18, null);"
        "update semantic.kpi_contributions set value = 45 where metric = 'leads'",
    )
    release(home, 25)
    # by hand in tests/transform/kpi/test_restated.py
    assert parts(capsys) == {
        ("account", "google_ads", "1"): pytest.approx(1827 / 3780),
        ("exchange_rates", None, None): pytest.approx(783 / 3780),
        ("account", "meta_ads", "31"): pytest.approx(1566 / 3780),
        ("account", "hubspot", None): pytest.approx(-774 / 3780),
    }
    # since the second one: 126 / 42 to 153 / 45
    assert set(parts(capsys, "--since", "2026-11-24")) == {
        ("exchange_rates", None, None),
        ("account", "meta_ads", "31"),
        ("account", "hubspot", None),
    }
    assert run(["why-moved", "cost_per_lead", "--period", "2026-W46"]) == 0
    said = capsys.readouterr().out
    assert "Cost per lead, 2026-W46\n2.50 EUR as first reported on 2026-11-23, 3.40 EUR now: +0.90 EUR" in said
    lines = [" ".join(line.split()) for line in said.splitlines()]
    assert "Google Ads, account 1 +0.48 EUR 21.00 EUR of ad spend came in later" in lines
    assert "Meta Ads, account 31 +0.41 EUR 18.00 EUR of ad spend came in later" in lines
    assert "Exchange rate of CHF +0.21 EUR the rates of the days changed: +9.00 EUR ad spend" in lines
    assert "HubSpot -0.20 EUR 3 new leads came in later" in lines
    # of these days, and of sources that the KPI counts
    assert lines[-1] == "google_ads 1 campaign_daily cost_micros 1 +21,000,000.00"
    assert lines[-2] == "source account table measure days change"


def test_a_withdrawn_row_was_taken_back(home: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    change(home, value(60, 42) + "delete from semantic.kpi_contributions where account_id = '2'")
    release(home, 24)
    assert parts(capsys) == {("account", "google_ads", "2"): pytest.approx(-45 / 42)}
    assert run(["why-moved", "cost_per_lead", "--period", "2026-W46"]) == 0
    assert "45.00 EUR of ad spend was taken back" in capsys.readouterr().out


def test_what_a_changed_setting_did_is_a_part_of_its_own(home: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    """105 / 42 = 2.5; other settings make it 21 leads and 5.0; then 21 EUR more make it 6.0."""
    change(
        home,
        value(105, 21) + "update semantic.kpi_contributions set value = 21 where metric = 'leads';"
        """update semantic.kpi_definitions set settings = '{"attribution_model": "last"}'""",
    )
    release(home, 24)
    change(home, value(126, 21) + spend("1", 81))
    release(home, 25)
    assert parts(capsys) == {("recomputed", None, None): 2.5, ("account", "google_ads", "1"): pytest.approx(1.0)}
    assert run(["why-moved", "cost_per_lead", "--period", "2026-W46"]) == 0
    assert "settings changed: attribution_model from linear to last" in " ".join(capsys.readouterr().out.split())


def test_what_no_account_explains_is_never_hidden(home: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    change(home, value(147, 42) + spend("1", 81))
    release(home, 24)
    assert parts(capsys) == {
        ("account", "google_ads", "1"): pytest.approx(0.5),
        ("recomputed", None, None): pytest.approx(0.5),
    }


def test_a_value_that_did_not_move_says_so(home: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["why-moved", "cost_per_lead", "--period", "2026-W46"]) == 0
    said = capsys.readouterr().out
    assert "2.50 EUR as first reported on 2026-11-23, 2.50 EUR now. Nothing of it has changed." in said
    assert run(["why-moved", "cost_per_lead", "--period", "2026-W46", "--format", "csv"]) == 0
    assert capsys.readouterr().out.endswith(",nothing has changed\n")


def test_a_value_that_is_unknown_now_keeps_its_amounts(home: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    change(
        home,
        f"update semantic.kpi_values set denominator = 0, value = null, null_reason = 'zero_denominator' where {WEEK};"
        "delete from semantic.kpi_contributions where metric = 'leads'",
    )
    release(home, 24)
    assert run(["why-moved", "cost_per_lead", "--period", "2026-W46"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "n/a (zero_denominator) now" in said
    assert "HubSpot n/a 42 new leads were taken back" in said


MISTAKES: tuple[tuple[list[str], str], ...] = (
    (["cost_per_leed", "--period", "2026-W46"], "'cost_per_leed': no KPI or metric of this name; did you mean"),
    (["cost_per_lead", "--period", "2026-10"], "cost_per_lead is not worked out by month; it is by week"),
    (["cost_per_lead", "--period", "2026-W30"], "there is no such value among what was published"),
    (["cost_per_lead", "--period", "2026-W48x"], "is no period; write one such as 2026-10, 2026-W45 or 2026-11-03"),
    (
        ["cost_per_lead", "--period", "2026-W46", "--since", "2026-11-22"],
        "the first day that there is is 2026-11-23",
    ),
    (["cost_per_lead"], "Missing option '--period'"),
    (
        ["cost_per_lead", "--period", "2026-W46", "--against", "2026-10"],
        "2026-10: is a month, the period is a week",
    ),
    (
        ["cost_per_lead", "--period", "2026-W46", "--against", "then"],
        "'then': is no period; write previous, year-ago",
    ),
    (["cost_per_lead", "--period", "2026-W46", "--against", "year-ago"], "is unknown in one of the two periods"),
    (
        ["cost_per_lead", "--period", "2026-W46", "--against", "2026-W45", "--since", "2026-11-23"],
        "ask for one of them",
    ),
)


def test_a_mistake_is_one_line(home: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments, line in MISTAKES:
        assert run(["why-moved", *arguments]) == 2
        said = capsys.readouterr().err
        assert line in said
        assert said.count("\n") == 1


def test_a_period_that_is_still_running_was_never_reported_as_a_whole(
    home: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    change(home, f"update semantic.kpi_values set is_complete = false, period_start = '2026-11-23' where {WEEK}")
    release(home, 24)
    assert run(["why-moved", "cost_per_lead", "--period", "2026-W48"]) == 2
    assert "cost_per_lead of 2026-W48: is not complete yet" in capsys.readouterr().err


def test_against_another_period_it_is_split_into_factors(home: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    """105 / 42 = 2.50 in the week before, 126 / 42 = 3.00: all of it is spend."""
    change(home, value(126, 42))
    release(home, 24)
    for against in ("previous", "2026-W45"):
        assert run(["why-moved", "cost_per_lead", "--period", "2026-W46", "--against", against]) == 0
        said = capsys.readouterr().out
        assert "Cost per lead (CPL) +20.0 % on" in said
        assert "Ad spend rose (+20 points)" in said
    arguments = ["--period", "2026-W46", "--against", "previous", "--format", "json"]
    assert run(["why-moved", "cost_per_lead", *arguments]) == 0
    whole, *split = json.loads(capsys.readouterr().out)
    assert whole["effect_absolute"] == pytest.approx(0.5)
    assert sum(row["effect_absolute"] for row in split if row["segment_dimension"] == "") == pytest.approx(0.5)
