"""Why a KPI moved, from values to words."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.transform.kpi.conftest import settings_in
from transform.kpi.drivers import Comparison, Values, explain, read_values
from transform.kpi.registry import SEMANTIC_MODELS, Registry, load_registry
from warehouse.errors import ConfigurationError

OCTOBER, NOVEMBER = date(2026, 10, 1), date(2026, 11, 1)
MONTHS = Comparison("customer_acquisition_cost", "month", NOVEMBER, "previous", OCTOBER)
# metric -> channel -> October, November
AMOUNTS = {
    "marketing_cost": {"Paid Search": (1000.0, 1000.0), "Paid Social": (1000.0, 1500.0)},
    "spend": {"Paid Search": (1000.0, 1000.0), "Paid Social": (1000.0, 1500.0)},
    "clicks": {"Paid Search": (500.0, 500.0), "Paid Social": (500.0, 500.0)},
    "leads": {"Paid Search": (50.0, 50.0), "Paid Social": (50.0, 50.0)},
    "new_customers": {"Paid Search": (10.0, 10.0), "Paid Social": (10.0, 10.0)},
}


@pytest.fixture(scope="module", name="read")
def read_registry() -> Registry:
    return load_registry(settings_in(Path("/nowhere")))


def values_of(amounts: dict[str, dict[str, tuple[float, float]]]) -> Values:
    found: dict[tuple[str, str, date, str], dict[str, tuple[float | None, float | None, float | None]]] = {}
    for name, channels in amounts.items():
        for place, month in enumerate((OCTOBER, NOVEMBER)):
            of_channel = {channel: months[place] for channel, months in channels.items()}
            total = sum(of_channel.values())
            found[name, "month", month, ""] = {"": (total, total, None)}
            found[name, "month", month, "channel"] = {key: (one, one, None) for key, one in of_channel.items()}
    for name, above, below in (
        ("customer_acquisition_cost", "marketing_cost", "new_customers"),
        ("cost_per_click", "spend", "clicks"),
    ):
        if above in amounts and below in amounts:
            for month in (OCTOBER, NOVEMBER):
                a, b = (found[side, "month", month, ""][""][0] or 0.0 for side in (above, below))
                found[name, "month", month, ""] = {"": (a / b if b else None, a, b)}
                costs, counts = (found[side, "month", month, "channel"] for side in (above, below))
                found[name, "month", month, "channel"] = {
                    key: (None, costs.get(key, (None,))[0], counts.get(key, (None,))[0]) for key in {**costs, **counts}
                }
    return Values(found)


def parts(rows: list[dict[str, Any]], dimension: str) -> list[tuple[str, str, str, float]]:
    return [
        (row["factor"], row["part"], row["segment_value"], row["effect_absolute"])
        for row in rows
        if row["segment_dimension"] == dimension and row["rank"]
    ]


def test_a_dearer_click_is_named_with_its_channel(read: Registry) -> None:
    """100 to 125 for a customer: a click on Paid Social costs 3 in place of 2, and nothing else moved."""
    rows = explain(read, values_of(AMOUNTS), MONTHS)
    assert rows[0]["words"] == (
        "Customer acquisition cost (CAC) +25.0 % on the month before: clicks cost more (+25 points, Paid Social)."
    )
    assert (rows[0]["rank"], rows[0]["effect_absolute"], rows[0]["effect_relative"]) == (0, 25.0, 0.25)
    assert parts(rows, "")[0] == ("cost_per_click", "factor", "", pytest.approx(25.0))
    assert [amount for *_, amount in parts(rows, "")[1:]] == pytest.approx([0.0, 0.0, 0.0])
    assert parts(rows, "channel") == [("cost_per_click", "rate", "Paid Social", pytest.approx(25.0))]


def test_factors_segments_and_mix_sum_to_the_change(read: Registry) -> None:
    moved = {
        "marketing_cost": {"Paid Search": (1000.0, 900.0), "Paid Social": (1000.0, 1500.0), "Agency": (300.0, 400.0)},
        "spend": {"Paid Search": (1000.0, 900.0), "Paid Social": (1000.0, 1500.0)},
        "clicks": {"Paid Search": (500.0, 420.0), "Paid Social": (500.0, 610.0)},
        "leads": {"Paid Search": (50.0, 40.0), "Paid Social": (50.0, 44.0), "Direct": (12.0, 9.0)},
        "new_customers": {"Paid Search": (10.0, 9.0), "Paid Social": (10.0, 6.0), "Direct": (0.0, 4.0)},
    }
    rows = explain(read, values_of(moved), MONTHS)
    change = 2800 / 19 - 2300 / 20
    assert rows[0]["effect_absolute"] == pytest.approx(change, rel=1e-12)
    for dimension in ("", "channel"):
        assert sum(amount for *_, amount in parts(rows, dimension)) == pytest.approx(change, rel=1e-9)
        sizes = [abs(amount) for *_, amount in parts(rows, dimension)]
        assert sizes == sorted(sizes, reverse=True)
    ranks = [row["rank"] for row in rows if row["segment_dimension"] == "channel"]
    assert ranks == list(range(1, len(ranks) + 1))
    by_name = {row["factor"]: row["words"] for row in rows if row["part"] == "factor"}
    assert by_name["new_customers / leads"].startswith("more leads became customers (-")
    assert by_name["leads / clicks"].startswith("fewer leads came for each click (+")


def test_without_what_a_factor_needs_the_sides_are_told(read: Registry) -> None:
    """No click is known: cost / customers remain. Costs x 1.25 and customers as they were."""
    known = {name: channels for name, channels in AMOUNTS.items() if name != "clicks"}
    rows = explain(read, values_of(known), MONTHS)
    assert parts(rows, "") == [
        ("marketing_cost", "factor", "", pytest.approx(25.0)),
        ("new_customers", "factor", "", pytest.approx(0.0)),
    ]
    assert [(part, segment) for _, part, segment, _ in parts(rows, "channel")] == [("rate", "Paid Social")]
    assert "Paid Social up (+25 points)" in rows[0]["words"]


def test_a_month_without_a_value_explains_nothing(read: Registry) -> None:
    nobody = AMOUNTS | {"new_customers": {"Paid Search": (10.0, 0.0)}}
    assert explain(read, values_of(nobody), MONTHS) == []


def test_the_store_explains_every_kpi_that_moved(computed: duckdb.DuckDBPyConnection, registry: Registry) -> None:
    """Of each comparison of the scorecard there is a whole, and each split of it sums to it."""
    moved = computed.execute(
        "select kpi, against, effect_absolute, words from semantic.kpi_drivers where rank = 0 order by all"
    ).fetchall()
    assert (
        moved
        and [(kpi, change) for kpi, against, change, _ in moved if against == "previous"]
        == computed.execute(
            "select kpi, change_absolute from semantic.kpi_scorecard where change_absolute is not null order by 1"
        ).fetchall()
    )
    assert all(words.endswith(".") for *_, words in moved)
    off = computed.execute(
        "select kpi, against, segment_dimension, sum(effect_absolute) as parts, any_value(whole.change) as whole "
        "from semantic.kpi_drivers inner join (select kpi, against, effect_absolute as change "
        "from semantic.kpi_drivers where rank = 0) as whole using (kpi, against) where rank > 0 group by all "
        "having abs(parts - whole) > 1e-9 * greatest(1, abs(whole))"
    ).fetchall()
    assert off == []


def test_it_reads_what_it_needs_and_no_more(computed: duckdb.DuckDBPyConnection, registry: Registry) -> None:
    comparison = Comparison("cost_per_lead", "month", date(2026, 2, 1), "previous", date(2026, 1, 1))
    found = read_values(computed, registry, [comparison]).found
    assert {name for name, *_ in found} == {"cost_per_lead", "spend", "clicks", "leads"}
    assert {start for _, _, start, _ in found} == {date(2026, 1, 1), date(2026, 2, 1)}


CHAIN = """          factors:
            - {name: cost_per_click, up: clicks cost more, down: clicks cost less}
            - name: leads
              per: clicks
              divides: true
              up: more leads came for each click
              down: fewer leads came for each click
"""


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            ("              divides: true\n", ""),
            "their product is leads x spend / (clicks x clicks), the KPI is spend / (leads)",
        ),
        (
            ("name: cost_per_click,", "name: cost_per_clik,"),
            "factors.0.name = 'cost_per_clik': no such KPI or metric; did",
        ),
        (("per: clicks", "per: click"), "factors.1.per = 'click': no such KPI or metric; did you mean clicks?"),
        (
            ("name: cost_per_click,", "name: cost_per_click, per: leads,"),
            "factors.0.per = 'leads': cost_per_click is divided",
        ),
        (("up: clicks cost more,", ""), "field factors.0.up: is missing; write it"),
        (("up: clicks cost more,", "upp: more, up: m,"), "field factors.0.upp: no such field; did you mean up?"),
    ],
)
def test_wrong_factors_are_refused(tmp_path: Path, change: tuple[str, str], message: str) -> None:
    for path in SEMANTIC_MODELS.glob("*.yml"):
        text = path.read_text(encoding="utf-8")
        if path.name == "leads.yml":
            assert CHAIN in text
            text = text.replace(CHAIN, CHAIN.replace(*change))
        (tmp_path / path.name).write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError) as refused:
        load_registry(settings_in(tmp_path), tmp_path)
    assert "leads.yml: KPI cost_per_lead: " in str(refused.value)
    assert message in str(refused.value)
