"""Advice from flags, targets and changes."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.transform.kpi.conftest import settings_in
from transform.kpi import advice_rules
from transform.kpi.advice import Found, advise
from transform.kpi.advice_parts import dear_parts, is_dear
from transform.kpi.advice_rules import load_rules
from transform.kpi.periods import end_of
from transform.kpi.registry import Registry, load_registry
from warehouse.errors import ConfigurationError
from warehouse.layout import PROJECT_ROOT
from warehouse.tables import KPI_VALUES

WEEK = date(2026, 11, 9)
RULES = """
[[rules]]
name = "dearer"
kpis = ["cost_per_lead", "customer_acquisition_cost"]
severity = "critical"
title = "{where}: review the budget"
evidence = "{kpi} was {distance} its expected range ({range}) for {count}, last {value} in {period}. {cost}"
[rules.when]
anomaly = "worse"
others = { return_on_ad_spend = ["at_risk", "off_track"] }

[[rules]]
name = "falling"
kpis = ["cost_per_lead", "return_on_ad_spend", "conversion_rate"]
severity = "warning"
title = "{kpi} is off track"
evidence = "{value} in {period}, the target is {target}. {why} {cost}"
[rules.when]
status = ["off_track"]
worse_by = 0.1
"""


@pytest.fixture(scope="module", name="read")
def read_registry() -> Registry:
    return load_registry(settings_in(Path("/nowhere")))


def card(kpi: str, **given: Any) -> dict[str, Any]:
    start = given.get("period_start", WEEK)
    return {
        "kpi": kpi,
        "grain": "week",
        "period_start": start,
        "period_end": end_of(start, "week"),
        "value": 40.0,
        "previous_value": 39.0,
        "change_relative": 0.02,
        "denominator": 20.0,
        "target_value": 35.0,
        "status": "on_track",
        "is_final": True,
    } | given


def flag(kpi: str, start: date, segment: str = "", **given: Any) -> dict[str, Any]:
    return {
        "kpi": kpi,
        "grain": "week",
        "period_start": start,
        "segment_dimension": "channel" if segment else "",
        "segment_value": segment,
        "value": 80.5,
        "expected": 40.0,
        "expected_low": 30.0,
        "expected_high": 50.0,
        "denominator": 10.0,
        "side": "high",
        "verdict": "worse",
        "state": "anomaly",
    } | given


def given(read: Registry, tmp_path: Path, found: Found, rules: str = RULES) -> list[dict[str, Any]]:
    (tmp_path / "advice.toml").write_text(rules, encoding="utf-8")
    return advise(read, load_rules(read, tmp_path / "advice.toml"), found)


def test_the_example_of_the_page(read: Registry, tmp_path: Path) -> None:
    """docs/anomalies.md: two weeks at 80.50 and 70.00 where 40.00 was expected, for ten leads each: 405 + 300 EUR."""
    flags = [flag("cost_per_lead", WEEK, "Paid Social")]
    flags.insert(0, flag("cost_per_lead", WEEK - timedelta(days=7), "Paid Social", value=70.0))
    cards = {
        "cost_per_lead": card("cost_per_lead"),
        "return_on_ad_spend": card("return_on_ad_spend", status="off_track"),
    }
    (row,) = given(read, tmp_path, Found(cards, {"cost_per_lead": flags}))
    assert row["title"] == "Paid Social: review the budget"
    assert row["evidence"] == (
        "Cost per lead (CPL) was 61 % above its expected range (30.00 EUR to 50.00 EUR) for 2 weeks, last 80.50 EUR in "
        "2026-W46. That cost 705 EUR more than expected."
    )
    assert (row["rank"], row["severity"], row["cost_of_inaction"]) == (1, "critical", 705.0)
    assert (row["segment_value"], row["period_start"], row["is_final"]) == ("Paid Social", WEEK, True)


def test_every_condition_must_hold(read: Registry, tmp_path: Path) -> None:
    flags = {"cost_per_lead": [flag("cost_per_lead", WEEK)]}
    fine = {"cost_per_lead": card("cost_per_lead"), "return_on_ad_spend": card("return_on_ad_spend")}
    assert given(read, tmp_path, Found(fine, flags)) == []
    poor = fine | {"return_on_ad_spend": card("return_on_ad_spend", status="at_risk")}
    assert len(given(read, tmp_path, Found(poor, flags))) == 1
    long_ago = {"cost_per_lead": [flag("cost_per_lead", WEEK - timedelta(days=28))]}
    assert given(read, tmp_path, Found(poor, long_ago)) == []
    better = {"cost_per_lead": [flag("cost_per_lead", WEEK, side="low", verdict="better")]}
    assert given(read, tmp_path, Found(poor, better)) == []


def test_a_provisional_flag_is_said_to_be_one_or_left_out(read: Registry, tmp_path: Path) -> None:
    flags = {"cost_per_lead": [flag("cost_per_lead", WEEK, state="held_back")]}
    cards = {
        "cost_per_lead": card("cost_per_lead"),
        "return_on_ad_spend": card("return_on_ad_spend", status="off_track"),
    }
    (row,) = given(read, tmp_path, Found(cards, flags))
    assert row["evidence"].endswith("Provisional: the sources may still restate it.")
    assert not row["is_final"]
    strict = RULES.replace('anomaly = "worse"', 'anomaly = "worse"\nprovisional = false')
    assert given(read, tmp_path, Found(cards, flags), strict) == []


def test_off_target_and_falling_is_told_with_why_and_what_it_costs(read: Registry, tmp_path: Path) -> None:
    cards = {
        # (40 - 35) x 20 leads; 1.0 below 2.0 on 500 EUR; a rate costs nobody knows what
        "cost_per_lead": card("cost_per_lead", status="off_track", change_relative=0.3),
        "return_on_ad_spend": card(
            "return_on_ad_spend",
            value=1.0,
            target_value=2.0,
            denominator=500.0,
            status="off_track",
            change_relative=-0.5,
        ),
        "conversion_rate": card("conversion_rate", value=0.03, status="off_track", change_relative=0.2),
    }
    rows = given(read, tmp_path, Found(cards, {}, {"cost_per_lead": "Clicks cost more."}))
    assert [(row["kpi"], row["cost_of_inaction"]) for row in rows] == [
        ("return_on_ad_spend", 500.0),
        ("cost_per_lead", 100.0),
    ]
    assert "Clicks cost more. That cost 100 EUR more than at the target." in rows[1]["evidence"]
    assert rows[0]["evidence"].endswith("With a return at the target the same money brings 500 EUR more.")


def test_the_first_rule_that_holds_speaks_and_lost_data_speaks_once(read: Registry, tmp_path: Path) -> None:
    cards = {
        "cost_per_lead": card("cost_per_lead", status="off_track", change_relative=0.3),
        "return_on_ad_spend": card("return_on_ad_spend", status="off_track", change_relative=0.3),
    }
    rows = given(read, tmp_path, Found(cards, {"cost_per_lead": [flag("cost_per_lead", WEEK)]}))
    assert [row["rule"] for row in rows] == ["dearer"]
    lost = {"value": None, "expected": None, "expected_low": None, "expected_high": None, "denominator": None}
    gone = {
        name: [flag(name, WEEK, "Paid Social", side="missing", **lost)] for name in ("cost_per_mille", "cost_per_click")
    }
    cards = {name: card(name) for name in gone}
    rows = advise(read, load_rules(read, PROJECT_ROOT / "config" / "advice.toml"), Found(cards, gone))
    assert [row["title"] for row in rows] == ["Paid Social: find out why there is no data"]
    assert rows[0]["evidence"].startswith("Cost per mille (CPM) and Cost per click (CPC)")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (('name = "dearer"', 'name = "Dearer!"'), "rule Dearer!: name = 'Dearer!': String should match pattern"),
        (
            ('"cost_per_lead", "cust', '"cost_per_leed", "cust'),
            "rule dearer: kpis: 'cost_per_leed' is no KPI; did you mean cost",
        ),
        (
            ('severity = "critical"', 'severity = "bad"'),
            "rule dearer: severity = 'bad': should be 'info', 'warning' or",
        ),
        (("{distance}", "{distanc}"), "names {distanc}, which is no word; write one of kpi, where, period"),
        (("{distance}", "{distance"), "is no text with words in braces"),
        (('anomaly = "worse"', 'anomoly = "worse"'), "rule dearer: when.anomoly: no such field; did you mean anomaly?"),
        (("{ return_on_ad_spend", "{ return_on_ads"), "rule dearer: when.others: 'return_on_ads' is no KPI; did you"),
        (('status = ["off_track"]\nworse_by = 0.1', ""), "rule falling: when: asks for nothing; write anomaly, status"),
        (("the target is {target}", "the range is {range}"), "rule falling: evidence: {range} is known of a flagged"),
        (('name = "falling"', 'name = "dearer"'), "rule dearer: stands there twice; rename one of them"),
        (('title = "{kpi} is off track"', ""), "rule falling: title: is missing; write it"),
        (("worse_by = 0.1", "worse_by = -1"), "rule falling: when.worse_by = -1: should be greater than 0"),
        (("[[rules]]", "[[rule]]\n[[rules]]"), "rule: no such field; did you mean rules?"),
        (("[[rules]]", "[[rules"), "is no valid TOML"),
    ],
)
def test_a_wrong_rule_is_one_line(read: Registry, tmp_path: Path, change: tuple[str, str], message: str) -> None:
    assert change[0] in RULES
    with pytest.raises(ConfigurationError) as refused:
        given(read, tmp_path, Found({}, {}), RULES.replace(*change, 1))
    line = str(refused.value)
    assert line.startswith(f"{tmp_path / 'advice.toml'}: ")
    assert message in line
    assert "\n" not in line


def test_the_rules_of_the_project_are_right_and_a_folder_may_have_its_own(
    read: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KPI_CONFIG", str(tmp_path))
    assert len(load_rules(read)) >= 5
    (tmp_path / "advice.toml").write_text(RULES, encoding="utf-8")
    assert [rule.name for rule in load_rules(read)] == ["dearer", "falling"]


def test_the_projects_rules_fit_a_smaller_registry_but_hide_no_misspelling(
    read: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = Registry({name: read.definitions[name] for name in ("cost_per_lead", "spend", "leads")}, read.currency)
    assert {name for rule in load_rules(few) for name in rule.kpis} == {"cost_per_lead"}
    assert "dearer_and_returning_less" not in {rule.name for rule in load_rules(few)}  # asks for the ROAS too
    own = tmp_path / "advice.toml"
    own.write_text(RULES, encoding="utf-8")
    with pytest.raises(ConfigurationError, match="'customer_acquisition_cost' is no KPI"):
        load_rules(few, own)
    monkeypatch.setattr(advice_rules, "SHIPPED", own)
    assert [rule.name for rule in load_rules(few, own)] == ["falling"]
    for wrong in ("cost_per_leed", "spend"):
        own.write_text(RULES.replace("customer_acquisition_cost", wrong), encoding="utf-8")
        with pytest.raises(ConfigurationError, match=f"rule dearer: kpis: '{wrong}' is no KPI"):
            load_rules(few, own)


DEAR = """
[[rules]]
name = "dear"
kpis = ["cost_per_acquisition"]
severity = "warning"
title = "{where}: review the budget"
evidence = "{where} cost {spent} in the {count} to {period} for {cases} of {elsewhere} conversions. {cost}"
[rules.when]
part = { segment = "campaign", months = 2 }
"""


@pytest.mark.parametrize(
    ("spent", "won", "is_told"),
    [
        # e^-5 is 0.7 %, e^-4.5 is 1.1 %
        (500.0, 0.0, True),
        (450.0, 0.0, False),
        # (1 + 7) e^-7 is 0.7 %, and a part of a conversion is none yet
        (700.0, 1.0, True),
        (700.0, 1.9, True),
        (700.0, 2.0, False),
        (100.0, 50.0, False),
    ],
)
def test_a_part_is_dear_where_chance_seldom_leaves_it_so_few(spent: float, won: float, is_told: bool) -> None:
    assert is_dear(spent, won, 100.0, 0.01) is is_told


def test_a_campaign_that_wins_little_for_its_money_is_told_with_what_that_cost(read: Registry, tmp_path: Path) -> None:
    """Two months in which 20 conversions cost 2,000: one campaign spent 800 of it, for one."""
    connection = duckdb.connect()
    connection.execute("create schema semantic")
    KPI_VALUES.create(connection)
    sides = {
        ("2026-09-01", ""): (1000, 12), ("2026-10-01", ""): (1000, 8),
        ("2026-09-01", "c1"): (500, 1), ("2026-10-01", "c1"): (300, None),
        ("2026-09-01", "c2"): (500, 11), ("2026-10-01", "c2"): (100, 8),
        # so much was spent on what nobody can name that it could have won six
        ("2026-10-01", "(not set)"): (600, 0),
        # before the two months, and while the next one is under way
        ("2026-08-01", "c2"): (9000, 0), ("2026-11-01", "c2"): (9000, 0),
        ("2026-08-01", ""): (9000, 0), ("2026-11-01", ""): (9000, 0),
    }  # fmt: skip
    for (start, part), (spent, won) in sides.items():
        connection.execute(
            f"insert into {KPI_VALUES.relation} (kpi, grain, period_start, period_end, segment_dimension,"
            " segment_value, segment_label, numerator, denominator, is_final, is_complete, computed_at, run_id)"
            " values ('cost_per_acquisition', 'month', $start, last_day(cast($start as date)), $dimension, $part,"
            " $label, $spent, $won, $start < '2026-10-01', $start < '2026-11-01', '2026-11-20', 'run')",
            {
                "start": start,
                "part": part,
                "dimension": "campaign" if part else "",
                "label": {"c1": "Banner", "c2": "Brand"}.get(part, part),
                "spent": spent,
                "won": won,
            },
        )
    (tmp_path / "advice.toml").write_text(DEAR, encoding="utf-8")
    (rule,) = load_rules(read, tmp_path / "advice.toml")
    assert rule.when.part is not None
    kpi = read.kpi("cost_per_acquisition")
    parts = dear_parts(connection, kpi, rule.when.part)
    found = Found({kpi.name: card(kpi.name)}, {}, {}, {("dear", kpi.name): parts})
    (row,) = advise(read, [rule], found)
    assert row["title"] == "Banner: review the budget"
    # 800 at 100 each would win 8; e^-8 (1 + 8) is 0.3 %
    assert row["evidence"] == (
        "Banner cost 800.00 EUR in the 2 months to 2026-10 for 1.0 of 8.0 conversions. "
        "That is 700 EUR more than its cases cost elsewhere. Provisional: the sources may still restate it."
    )
    assert (row["cost_of_inaction"], row["segment_dimension"], row["segment_value"]) == (700.0, "campaign", "c1")
    assert (row["grain"], row["period_start"], row["is_final"]) == ("month", date(2026, 10, 1), False)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            ("cost_per_acquisition", "return_on_ad_spend"),
            "when.part: return_on_ad_spend is no price by month; name one",
        ),
        (
            ('segment = "campaign"', 'segment = "device"'),
            "cost_per_acquisition is split by channel, campaign, not by device",
        ),
        (
            ("part = {", 'anomaly = "worse"\npart = {'),
            "when: asks for an anomaly and for a part; write a rule for each",
        ),
        (("{elsewhere} conv", "{range} conv"), "evidence: {range} is known of a flagged period only; add when.anomaly"),
        (
            ('part = { segment = "campaign", months = 2 }', 'status = ["off_track"]'),
            "is known of a dear part only; add when",
        ),
    ],
)
def test_a_rule_about_parts_is_checked(read: Registry, tmp_path: Path, change: tuple[str, str], message: str) -> None:
    path = tmp_path / "advice.toml"
    path.write_text(DEAR.replace(*change), encoding="utf-8")
    with pytest.raises(ConfigurationError) as refused:
        load_rules(read, path)
    assert message in str(refused.value)
