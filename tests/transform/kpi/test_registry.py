from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from tests.transform.kpi.conftest import FOCUS, settings_in
from transform.kpi.meta import STAGES
from transform.kpi.registry import SEMANTIC_MODELS, load_registry
from warehouse.errors import ConfigurationError
from warehouse.layout import PROJECT_ROOT

KPIS = {
    "cost_per_mille": ("awareness", "daily"),
    "new_visitors": ("awareness", "weekly"),
    "click_through_rate": ("consideration", "daily"),
    "cost_per_click": ("consideration", "daily"),
    "engagement_rate": ("consideration", "weekly"),
    "tracked_consent_rate": ("consideration", "weekly"),
    "conversion_rate": ("conversion", "weekly"),
    "landing_page_conversion_rate": ("conversion", "weekly"),
    "cost_per_lead": ("conversion", "weekly"),
    "return_on_ad_spend": ("conversion", "weekly"),
    "customer_acquisition_cost": ("conversion", "monthly"),
    "return_on_investment": ("conversion", "monthly"),
    "retention_rate": ("loyalty", "monthly"),
    "repeat_purchase_rate": ("loyalty", "monthly"),
    "brand_search_volume": ("awareness", "weekly"),
    "bounce_rate": ("consideration", "weekly"),
    "average_engagement_seconds": ("consideration", "weekly"),
    "pages_per_session": ("consideration", "weekly"),
    "spend_pacing": ("consideration", "daily"),
    "spend_match_rate": ("consideration", "weekly"),
    "platform_roas": ("conversion", "daily"),
    "cost_per_acquisition": ("conversion", "weekly"),
    "attribution_coverage": ("conversion", "weekly"),
    "conversion_reconciliation_gap": ("conversion", "weekly"),
    "average_deal_value": ("conversion", "monthly"),
    "win_rate": ("conversion", "monthly"),
    "sales_cycle_days": ("conversion", "monthly"),
    "lead_to_customer_rate": ("conversion", "monthly"),
    "customer_lifetime_value": ("loyalty", "monthly"),
    "expected_lifetime_value": ("loyalty", "monthly"),
    "ltv_to_cac": ("loyalty", "monthly"),
    "cac_payback_months": ("loyalty", "monthly"),
    "churn_rate": ("loyalty", "monthly"),
    "net_revenue_retention": ("loyalty", "monthly"),
    "net_promoter_score": ("loyalty", "monthly"),
}

GOOD = """
metrics:
  - name: clicks
    label: Clicks
    description: Clicks.
    type: simple
    type_params: {measure: clicks_delivered}
    config: {meta: {metric: {stage: consideration, unit: count, direction: up, formula: sum, owner: me}}}
  - name: impressions
    label: Impressions
    description: Impressions.
    type: simple
    type_params: {measure: {name: impressions_delivered, fill_nulls_with: 0}}
    config: {meta: {metric: {stage: awareness, unit: count, direction: up, formula: sum, owner: me}}}
  - name: ctr
    label: CTR
    description: Share that was clicked.
    type: ratio
    type_params: {numerator: clicks, denominator: impressions}
    config:
      meta:
        kpi:
          stage: consideration
          cadence: daily
          audience: [ceo]
          unit: ratio
          direction: up
          objective: Be clicked.
          formula: clicks / impressions
          owner: me
          is_proportion: true
          what_moves_it: The message.
          where_it_is_wrong: Bots click.
          when_it_is_off: Try another message.
          valid_range: {min: 0, max: 1}
          max_data_age_hours: 48
          targets: [{value: 0.02, baseline: 0.01, start: 2026-01-01, due: 2026-12-31, owner: me}]
"""


def test_the_kpis_stand_in_their_stage_and_cadence() -> None:
    registry = load_registry(settings_in(Path("/nowhere")))
    assert {kpi.name: (kpi.stage, kpi.cadence) for kpi in registry.kpis}.items() >= KPIS.items()
    assert [sum(kpi.stage == stage for kpi in registry.kpis) >= 2 for stage in STAGES] == [True] * 4
    assert {kpi.name for kpi in registry.focus} == set(FOCUS)
    assert registry.kpi("retention_rate").grains == ("month",)


def test_the_focus_set_that_is_shipped_is_the_one_of_the_catalogue() -> None:
    shipped = tomllib.loads((PROJECT_ROOT / "config" / "kpi.toml").read_text(encoding="utf-8"))["focus"]
    assert shipped == list(FOCUS)


def test_numerator_and_denominator_come_from_the_ratio_or_the_block() -> None:
    registry = load_registry(settings_in(Path("/nowhere")))
    sides = {kpi.name: (kpi.numerator, kpi.denominator, kpi.sample) for kpi in registry.kpis}
    assert sides["click_through_rate"] == ("clicks", "impressions", "impressions")
    assert sides["cost_per_mille"] == ("spend", "impressions", "impressions")
    assert sides["return_on_investment"] == ("marketing_profit", "marketing_cost", "attributed_conversions")
    assert sides["new_visitors"] == (None, None, None)


def test_every_target_and_benchmark_of_a_kpi_is_dated_and_owned() -> None:
    for kpi in load_registry(settings_in(Path("/nowhere"))).kpis:
        assert kpi.targets, kpi.name
        assert all(target.owner and target.due > target.start for target in kpi.targets)
        assert kpi.benchmark is None or kpi.benchmark.source.startswith("https://")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("audience: [ceo]", "audience: [boss]"), "KPI ctr: field audience.0 = 'boss': Input should be 'ceo'"),
        (("cadence: daily", "cadance: daily"), "KPI ctr: field cadance: no such field; did you mean cadence?"),
        (("objective: Be clicked.", ""), "KPI ctr: field objective: is missing"),
        (("what_moves_it: The message.", ""), "field what_moves_it: is missing; write what makes the KPI rise or fall"),
        (("when_it_is_off: Try another message.", ""), "when_it_is_off: is missing; write what to do when it is off"),
        (
            ("is_proportion: true", "is_proportion: true\n          overlapping_segments: {key_event: clicks}"),
            "kpi ctr: field overlapping_segments.key_event: 'clicks' is not split by it; name the metric that counts",
        ),
        (
            ("is_proportion: true", "is_proportion: true\n          overlapping_segments: {key_event: clickz}"),
            "kpi ctr: field overlapping_segments.key_event: 'clickz' is no metric that is counted",
        ),
        (("due: 2026-12-31", "due: 2025-12-31"), "KPI ctr: field targets.0: due 2025-12-31 is not after start"),
        (("value: 0.02", "value: -1"), "field targets.0.value = -1: Input should be greater than 0"),
        (("baseline: 0.01", "base: 0.01"), "field targets.0.base: no such field; did you mean baseline?"),
        (("{min: 0, max: 1}", "{min: 1, max: 0}"), "field valid_range: min 1 is not below max 0"),
        (
            ("denominator: impressions}", "denominator: impresions}"),
            "'impresions' is no metric; did you mean impressions",
        ),
        (("value: 0.02", "low: 0.03, high: 0.02"), "field targets.0: low 0.03 is not below high 0.02"),
        (("value: 0.02", "low: 0.02, high: 0.03"), "a target of a KPI with direction up has value"),
        (
            ("owner: me\n          is_prop", "owner: me\n          grains: [month]\n          is_prop"),
            "cadence daily is",
        ),
        (("description: Share that was clicked.", ""), "KPI ctr: field description: is empty"),
        (("        kpi:\n", "        kpis:\n"), "config.meta has no block; write either `kpi:`"),
        (
            ("max_data_age_hours: 48", "benchmark: {value: 1, as_of: 2026-01-01}\n          max_data_age_hours: 48"),
            "source",
        ),
        (("is_proportion: true", "is_vanity: true"), "a vanity metric is no KPI; write it as `metric:`"),
        (("baseline: 0.01, ", ""), "field targets.0: baseline is missing; write where the KPI stands"),
        (("is_proportion: true", "net_of: click"), "KPI ctr: field net_of: 'click' is no metric; did you mean clicks?"),
        (("name: ctr", "name: clicks"), "metric clicks: already defined in"),
        (("type: ratio", "type: derived"), "a derived KPI names numerator and denominator"),
        (("  - name: ctr", "  - name: [ctr"), "no valid YAML"),
    ],
)
def test_a_wrong_block_is_refused_with_file_kpi_and_field(
    tmp_path: Path, change: tuple[str, str], message: str
) -> None:
    assert change[0] in GOOD
    (tmp_path / "ads.yml").write_text(GOOD.replace(*change), encoding="utf-8")
    with pytest.raises(ConfigurationError) as refused:
        load_registry(settings_in(tmp_path), tmp_path)
    assert message in str(refused.value)
    assert "ads.yml" in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_vanity_metric_reaches_no_scorecard(tmp_path: Path) -> None:
    text = GOOD.replace("formula: sum, owner: me}}}", "formula: sum, owner: me, is_vanity: true}}}")
    # ctr divides the same counts, and is not what is refused
    fame = text[text.index("  - name: ctr") :].replace("name: ctr", "name: fame").replace("type: ratio", "type: simple")
    fame = fame.replace("numerator: clicks, denominator: impressions", "measure: impressions_delivered")
    (tmp_path / "ads.yml").write_text(text + fame.replace("is_proportion: true", ""), encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"ads.yml: KPI fame: counts nothing but impressions, a vanity metric"):
        load_registry(settings_in(tmp_path), tmp_path)


def test_overlapping_targets_are_refused(tmp_path: Path) -> None:
    one = "{value: 0.02, baseline: 0.01, start: 2026-01-01, due: 2026-12-31, owner: me}"
    two = "{value: 0.03, baseline: 0.02, start: 2026-12-31, due: 2027-12-31, owner: me}"
    (tmp_path / "ads.yml").write_text(GOOD.replace(one, f"{one}, {two}"), encoding="utf-8")
    with pytest.raises(
        ConfigurationError,
        match=r"targets.*2026-01-01 to 2026-12-31 \(0.02\).*2026-12-31 to 2027-12-31 \(0.03\) overlap",
    ):
        load_registry(settings_in(tmp_path), tmp_path)


@pytest.mark.parametrize(
    ("focus", "message"),
    [
        (FOCUS[:4], "has 4 KPIs; choose 5 to 7"),
        ((*FOCUS, "cost_per_click"), "has 8 KPIs; choose 5 to 7"),
        ((*FOCUS[:-1], "repeat_customers"), "'repeat_customers' is a metric for drill-down"),
        ((*FOCUS[:-1], "retention_rat"), "'retention_rat' is no KPI; did you mean retention_rate?"),
        (FOCUS[:-1], "no KPI of stage loyalty; add one of cac_payback_months, retention_rate, churn_rate"),
        ((*FOCUS[:-1], FOCUS[0]), "stands in it twice"),
    ],
)
def test_a_focus_set_that_cannot_work_is_refused(focus: tuple[str, ...], message: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        load_registry(settings_in(Path("/nowhere"), focus))
    assert message in str(refused.value)


def test_an_unknown_kpi_is_answered_with_the_nearest_name() -> None:
    registry = load_registry(settings_in(Path("/nowhere")))
    with pytest.raises(ConfigurationError, match="did you mean engagement_rate"):
        registry.kpi("engagement_rat")
    with pytest.raises(ConfigurationError, match="no such KPI"):
        registry.kpi("clicks")


def test_the_registry_holds_every_metric_of_the_yaml() -> None:
    written = [
        metric["name"]
        for path in SEMANTIC_MODELS.glob("*.yml")
        for metric in YAML(typ="safe").load(path.read_text(encoding="utf-8")).get("metrics") or []
    ]
    registry = load_registry(settings_in(Path("/nowhere")))
    assert sorted(written) == sorted(registry.definitions)
    assert len(written) >= 30
