"""Parts by segment: what they are, by hand, and that they add up to the total."""

from __future__ import annotations

from datetime import date
from typing import Any

import duckdb
import pytest

from transform.kpi.facts import with_facts
from transform.kpi.interval import wilson
from transform.kpi.registry import Definition, Metric, Registry
from warehouse.errors import ConfigurationError

JANUARY, FEBRUARY, MARCH = (date(2026, month, 1) for month in (1, 2, 3))
W2, W9, W10 = date(2026, 1, 5), date(2026, 2, 23), date(2026, 3, 2)
# Distinct people (one may come by two channels) and a median: the total is no sum of its parts, by their nature.
NO_SUMS = {"new_visitors", "sales_cycle_days", "key_event_sessions"}

MODELS = [
    {"name": "ads", "entities": [{"name": "channel"}], "measures": [{"name": "cost", "agg": "sum"}]},
    {
        "name": "visits",
        "entities": [{"name": "visit_id"}, {"name": "country"}, {"name": "channel"}],
        "measures": [{"name": "visit_count", "agg": "sum"}, {"name": "person_count", "agg": "count_distinct"}],
    },
]
ENTRIES: dict[str, dict[str, Any]] = {
    "cost": {"type": "simple", "type_params": {"measure": {"name": "cost"}}},
    "visits": {"type": "simple", "type_params": {"measure": "visit_count"}},
    "people": {"type": "simple", "type_params": {"measure": "person_count"}},
    "cost_per_visit": {"type": "ratio", "type_params": {"numerator": "cost", "denominator": "visits"}},
}


def two_facts(models: list[dict[str, Any]] = MODELS, **segments: list[str]) -> dict[str, Definition]:
    """Metrics of two facts; `segments` are what the blocks of some of them say."""
    common = {"stage": "awareness", "unit": "count", "direction": "up", "formula": "f", "owner": "me"}
    definitions: dict[str, Definition] = {
        name: Metric.model_validate(
            {
                **common,
                "name": name,
                "label": name,
                "description": name,
                "file": "two.yml",
                "inputs": ("cost", "visits") if entry["type"] == "ratio" else (),
                **({"segments": segments[name]} if name in segments else {}),
            }
        )
        for name, entry in ENTRIES.items()
    }
    return with_facts(definitions, ENTRIES, models)


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        # visits of the week: one from Germany by phone, one from Austria at a desk, one from Germany at a desk
        (("conversion_rate", "week", W2, "country"), {"Germany": (1.0, 2.0, 2.0), "Austria": (0.0, 0.0, 1.0)}),
        (("conversion_rate", "week", W2, "device"), {"mobile": (1.0, 1.0, 1.0), "desktop": (0.5, 1.0, 2.0)}),
        (("conversion_rate", "week", W2, "campaign"), {"brand": (1.0, 2.0, 2.0), "(not set)": (0.0, 0.0, 1.0)}),
        (("conversion_rate", "week", W2, "landing_page"), {"/": (1.0, 1.0, 1.0), "/chairs": (0.5, 1.0, 2.0)}),
        # of three visits two sent a form, and one of them booked a call too: no sum, as the total is 2 of 3
        (
            ("conversion_rate", "week", W2, "key_event"),
            {"generate_lead": (2 / 3, 2.0, 3.0), "book_call": (1 / 3, 1.0, 3.0)},
        ),
        (("conversion_rate", "week", W2, ""), {"": (2 / 3, 2.0, 3.0)}),
        (
            ("key_event_sessions", "week", W2, "key_event"),
            {"generate_lead": (2.0, 2.0, None), "book_call": (1.0, 1.0, None)},
        ),
        # all visits of a month without the event, which is known since January
        (
            ("conversion_rate", "month", FEBRUARY, "key_event"),
            {"generate_lead": (0.0, 0.0, 2.0), "book_call": (0.0, 0.0, 2.0)},
        ),
        # a visit without any page has no landing page
        (
            ("landing_page_conversion_rate", "week", W10, "landing_page"),
            {"/": (1.0, 1.0, 1.0), "/chairs": (0.0, 0.0, 1.0), "(not set)": (None, 0.0, 0.0)},
        ),
        (("landing_page_conversion_rate", "month", MARCH, ""), {"": (2 / 3, 2.0, 3.0)}),
        # spend by the campaign of the ad, leads by the campaign of their first touch
        (
            ("cost_per_lead", "week", W9, "campaign"),
            {"brand": (120.0, 120.0, 1.0), "generic": (60.0, 60.0, 1.0), "(not set)": (None, None, 1.0)},
        ),
        (
            ("return_on_ad_spend", "month", FEBRUARY, "campaign"),
            {"brand": (0.0, 0.0, 120.0), "social": (None, 500.0, None), "generic": (None, 1500.0, None)},
        ),
        (
            ("average_deal_value", "month", FEBRUARY, "acquisition_cohort"),
            {"2026-01": (500.0, 500.0, 1.0), "2026-02": (2000.0, 2000.0, 1.0)},
        ),
        (
            ("retention_rate", "month", FEBRUARY, "acquisition_cohort"),
            {"2025-11": (0.0, 0.0, 2.0), "2026-01": (0.5, 1.0, 2.0)},
        ),
        # what costs nothing has a margin and no return; the parts add up to 460 of 740
        (
            ("return_on_investment", "month", FEBRUARY, "channel"),
            {
                "Paid Search": (5.25, 630.0, 120.0),
                "Paid Social": (None, 200.0, None),
                "Organic Search": (None, 250.0, None),
                "(none)": (-1.0, -620.0, 620.0),
            },
        ),
        (
            ("tracked_consent_rate", "week", W2, "country"),
            {"Germany": (0.9, 54.0, 60.0), "Austria": (0.85, 34.0, 40.0)},
        ),
        (
            ("win_rate", "month", FEBRUARY, "country"),
            {"Germany": (1.0, 1.0, 1.0), "Austria": (0.0, 0.0, 1.0), "(not set)": (1.0, 1.0, 1.0)},
        ),
    ],
)
def test_parts_are_those_worked_out_by_hand(
    computed: duckdb.DuckDBPyConnection, key: tuple[str, str, date, str], expected: dict[str, tuple[Any, ...]]
) -> None:
    rows = computed.execute(
        "select segment_value, value, numerator, denominator from semantic.kpi_values"
        " where kpi = ? and grain = ? and period_start = ? and segment_dimension = ?"
        # a part of which nothing came, on one side or the other, before and after
        " and (coalesce(numerator, 0) <> 0 or coalesce(denominator, 0) <> 0 or segment_value = '(not set)')",
        list(key),
    ).fetchall()
    found = {segment: tuple(rest) for segment, *rest in rows}
    assert found == {segment: (pytest.approx(value[0]), *value[1:]) for segment, value in expected.items()}


def test_parts_add_up_to_the_total_at_every_grain(computed: duckdb.DuckDBPyConnection, registry: Registry) -> None:
    assert {item.name for item in registry if item.denominator is None and not item.adds_up} >= NO_SUMS
    sides = []
    for item in registry:
        if registry.definitions[item.numerator or item.name].adds_up:
            sides.append((item.name, "numerator"))
        if item.denominator and registry.definitions[item.denominator].adds_up:
            sides.append((item.name, "denominator"))
    compared = 0
    for name, side in sides:
        rows = computed.execute(
            f"select grain, period_start, total.{side}, parts.segment_dimension, sum(parts.{side})"
            " from semantic.kpi_values as total"
            " inner join semantic.kpi_values as parts using (kpi, grain, period_start)"
            " where kpi = ? and total.segment_dimension = '' and list_contains(?, parts.segment_dimension)"
            " group by all",
            [name, registry.definitions[name].segments],
        ).fetchall()
        for grain, start, total, dimension, parts in rows:
            assert (total or 0) == pytest.approx(parts or 0, rel=1e-12, abs=1e-9), (name, side, grain, start, dimension)
        compared += len(rows)
    # each fact has rows, and each of its segments was compared
    assert compared > 3000


def test_parts_that_overlap_stand_above_the_whole_and_do_not_add_up_to_it(
    computed: duckdb.DuckDBPyConnection, registry: Registry
) -> None:
    assert registry.kpi("conversion_rate").splits[-1] == "key_event"
    assert "key_event" not in registry.kpi("conversion_rate").segments
    rows = computed.execute(
        "select grain, whole.period_start, whole.numerator, whole.denominator, list(distinct parts.denominator),"
        " max(parts.numerator), sum(parts.numerator)"
        " from semantic.kpi_values as whole inner join semantic.kpi_values as parts using (kpi, grain, period_start)"
        " where kpi = 'conversion_rate' and whole.segment_dimension = '' and parts.segment_dimension = 'key_event'"
        " group by all"
    ).fetchall()
    assert {row[0] for row in rows} == {"week", "month"}
    for *_, numerator, denominator, denominators, most, together in rows:
        assert denominators == [denominator]
        assert most <= numerator <= together
    # the visit of 5 January counts in both of its key events, and once in the rate
    assert sum(row[6] > row[2] for row in rows) == 2
    assert computed.execute(
        "select count(*) from semantic.kpi_values as counted full join semantic.kpi_values as events"
        " on counted.grain = events.grain and counted.period_start = events.period_start"
        " where counted.kpi = 'converting_sessions' and events.kpi = 'key_event_sessions'"
        " and counted.segment_dimension = '' and events.segment_dimension = ''"
        " and coalesce(counted.value, 0) <> coalesce(events.value, 0)"
    ).fetchone() == (0,)


def test_every_total_with_a_number_has_parts(computed: duckdb.DuckDBPyConnection, registry: Registry) -> None:
    # else a segment that came to nothing would pass the test above by having no rows
    for item in registry:
        if not registry.definitions[item.numerator or item.name].adds_up:
            continue
        for segment in item.segments:
            lost = computed.execute(
                "select period_start, grain from semantic.kpi_values where kpi = $kpi and segment_dimension = ''"
                " and numerator <> 0 and grain in (select grain from semantic.kpi_values where kpi = $kpi"
                " and segment_dimension = $segment) and (grain, period_start) not in (select (grain, period_start)"
                " from semantic.kpi_values where kpi = $kpi and segment_dimension = $segment)",
                {"kpi": item.name, "segment": segment},
            ).fetchall()
            assert lost == [], (item.name, segment)


def test_segments_are_those_that_all_facts_know() -> None:
    definitions = two_facts()
    assert definitions["cost"].segments == ("channel",)
    assert definitions["visits"].segments == ("channel", "country")
    assert definitions["cost_per_visit"].segments == ("channel",)
    assert [definitions[name].source for name in ("cost", "people", "cost_per_visit")] == ["ads", "visits", ""]
    assert [definitions[name].adds_up for name in ("visits", "people", "cost_per_visit")] == [True, False, False]


def test_a_block_may_leave_segments_out() -> None:
    assert two_facts(visits=["country"])["visits"].segments == ("country",)
    assert two_facts(visits=[])["visits"].segments == ()


def test_a_segment_that_a_fact_does_not_know_is_refused_with_the_fact() -> None:
    with pytest.raises(ConfigurationError) as refused:
        two_facts(cost_per_visit=["channel", "country"])
    assert str(refused.value) == (
        "two.yml: metric cost_per_visit: field segments: 'country': fact ads of metric cost has no such entity; "
        "all of its facts know channel"
    )


def test_a_fact_that_is_counted_by_grain_stands_alone() -> None:
    ads, visits = MODELS
    counted = visits | {
        "config": {"meta": {"counted_by_grain": "period"}},
        "entities": [{"name": "visit_id", "type": "primary"}],
    }
    with pytest.raises(ConfigurationError) as refused:
        two_facts([ads, counted])
    assert str(refused.value) == (
        "two.yml: metric cost_per_visit: each row of fact visits is counted for a day, week or month; "
        "no other fact can stand beside it, and there are no trailing_months"
    )
    both = two_facts([ads | {"config": counted["config"], "entities": counted["entities"]}, counted])
    assert {item.grain_dimension for item in both.values()} == {"visit_id__period"}
    assert {item.grain_dimension for item in two_facts().values()} == {""}


def test_a_campaign_is_told_by_its_id_and_labelled_by_its_name(computed: duckdb.DuckDBPyConnection) -> None:
    rows = computed.execute(
        "select distinct segment_dimension, segment_value, segment_label from semantic.kpi_values"
        " where kpi = 'spend' order by all"
    ).fetchall()
    assert rows == [
        ("", "", ""),
        ("campaign", "brand", "Brand DE"),
        ("campaign", "generic", "Chairs DE"),
        ("campaign", "social", "Prospecting"),
        ("channel", "Paid Search", "Paid Search"),
        ("channel", "Paid Social", "Paid Social"),
    ]


def test_every_proportion_and_net_share_has_its_interval_and_nothing_else_has(
    computed: duckdb.DuckDBPyConnection, registry: Registry
) -> None:
    proportions = {kpi.name for kpi in registry.kpis if kpi.is_proportion}
    low, high = wilson("numerator", "denominator")
    assert {
        kpi
        for (kpi,) in computed.execute(
            "select distinct kpi from semantic.kpi_values where interval_low is not null"
        ).fetchall()
    } == proportions | {"net_promoter_score"}
    wrong = computed.execute(
        "select * from semantic.kpi_values where list_contains(?, kpi) "
        f"and (interval_low, interval_high) is distinct from ({low}, {high})",
        [sorted(proportions)],
    ).fetchall()
    assert wrong == []
    # February's answers: 3 promoters, 1 passive, 1 detractor. Net 2/8, for or against 5.5/8;
    # 1.95996 x sqrt((0.6875 - 0.0625) / 8) = 0.54782
    february = computed.execute(
        "select round(interval_low, 4), round(interval_high, 4), sample_size from semantic.kpi_values "
        "where kpi = 'net_promoter_score' and grain = 'month' and period_start = ? and segment_dimension = ''",
        [date(2026, 2, 1)],
    ).fetchone()
    assert february == (-0.2978, 0.7978, 5)
    # 2 of 3, as in Agresti and Coull's formula worked by hand: 0.2077 to 0.9385
    week = computed.execute(
        "select round(interval_low, 4), round(interval_high, 4), sample_size from semantic.kpi_values"
        " where kpi = 'engagement_rate' and grain = 'week' and period_start = ? and segment_dimension = ''",
        [W10],
    ).fetchone()
    assert week == (0.2077, 0.9385, 3)
