"""What rests on a fault, by a lineage that is small enough to follow by hand."""

from __future__ import annotations

import json
from typing import Any

import pytest

from refresh.faults import Fault
from refresh.holds import Holds, holds_of, refuse
from transform.kpi.lineage import Lineage
from transform.kpi.registry import Kpi, Metric, Registry
from warehouse.carried import Hold
from warehouse.errors import CheckFailed

# spend <- fct_spend <- stg_ads <- raw_ads, revenue <- fct_orders <- stg_deals <- raw_crm; both read a lookup of names.
PARENTS = {
    "source.raw_ads.costs": [],
    "source.raw_crm.deals": [],
    "model.staging.stg_ads": ["source.raw_ads.costs"],
    "model.staging.stg_deals": ["source.raw_crm.deals"],
    "model.marts.campaigns": ["model.staging.stg_ads", "model.staging.stg_deals"],
    "model.marts.fct_spend": ["model.staging.stg_ads", "model.marts.campaigns"],
    "model.marts.fct_orders": ["model.staging.stg_deals", "model.marts.campaigns"],
    "model.published.fct_spend": ["model.marts.fct_spend"],
    "model.published.fct_orders": ["model.marts.fct_orders"],
    "semantic_model.spend": ["model.marts.fct_spend"],
    "semantic_model.orders": ["model.marts.fct_orders"],
    "metric.spend": ["semantic_model.spend"],
    "metric.revenue": ["semantic_model.orders"],
    "metric.cost": ["metric.spend"],
    "metric.sales": ["metric.revenue"],
    "metric.roas": ["metric.sales", "metric.cost"],
    "metric.age": [],
}
LOOKUP = "model.marts.campaigns"


@pytest.fixture(scope="module")
def lineage(tmp_path_factory: pytest.TempPathFactory) -> Lineage:
    manifest: dict[str, dict[str, Any]] = {"nodes": {}, "sources": {}, "semantic_models": {}, "metrics": {}}
    for key, parents in PARENTS.items():
        kind, *names = key.split(".")
        node: dict[str, Any] = {"resource_type": kind, "name": names[-1], "depends_on": {"nodes": parents}}
        if kind == "source":
            node |= {"schema": names[0], "source_name": names[0], "identifier": names[1]}
        elif kind == "model":
            node |= {"schema": names[0], "alias": names[1], "config": {"meta": {"is_lookup": key == LOOKUP}}}
        place = {"source": "sources", "model": "nodes", "semantic_model": "semantic_models", "metric": "metrics"}[kind]
        manifest[place][key] = node
    target = tmp_path_factory.mktemp("target")
    (target / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return Lineage(target)


@pytest.fixture(scope="module")
def registry() -> Registry:
    kpis = {name: Kpi.model_construct(name=name, stage="conversion", cadence="daily") for name in _KPIS}
    metrics = {name: Metric.model_construct(name=name) for name in ("spend", "revenue")}
    return Registry({**kpis, **metrics}, "EUR")


_KPIS = ("cost", "sales", "roas", "age")


@pytest.mark.parametrize(
    ("place", "kpis", "tables"),
    [
        ("raw_ads", {"spend", "cost", "roas"}, {"fct_spend"}),
        ("raw_crm", {"revenue", "sales", "roas"}, {"fct_orders"}),
        ("raw_crm.deals", {"revenue", "sales", "roas"}, {"fct_orders"}),
        ("staging.stg_ads", {"spend", "cost", "roas"}, {"fct_spend"}),
        ("marts.fct_orders", {"revenue", "sales", "roas"}, {"fct_orders"}),
        ("published.fct_orders", set(), {"fct_orders"}),
        # what only names things holds whoever reads it, and what lies before it holds no one by way of it
        ("marts.campaigns", {"spend", "revenue", "cost", "sales", "roas"}, {"fct_spend", "fct_orders"}),
        ("semantic.kpi_values/cost", {"cost", "roas"}, set()),
        ("semantic.kpi_values/roas", {"roas"}, set()),
        # a source that no number counts, and one whose name only begins alike
        ("raw_search", set(), set()),
        ("raw_ad", set(), set()),
        # where lineage says nothing, everything may be wrong
        (
            "semantic.kpi_values",
            {"spend", "revenue", "cost", "sales", "roas", "age"},
            {"fct_spend", "fct_orders"},
        ),
        ("ops.requests", {"spend", "revenue", "cost", "sales", "roas", "age"}, {"fct_spend", "fct_orders"}),
    ],
)
def test_what_rests_on_a_fault_is_held_and_nothing_else(
    lineage: Lineage, registry: Registry, place: str, kpis: set[str], tables: set[str]
) -> None:
    held = holds_of([Fault((place,), "it broke", "mend it")], registry, lineage)

    assert set(held.kpis) == kpis
    assert set(held.tables) == tables
    assert {*held.kpis.values(), *held.tables.values()} <= {Hold("it broke", "mend it")}


def test_the_first_fault_is_the_reason_and_each_has_a_line(lineage: Lineage, registry: Registry) -> None:
    faults = [
        Fault(("raw_ads",), "the token is refused", "renew it"),
        Fault(("marts.fct_spend", "marts.fct_orders"), "a check failed", "correct it"),
        Fault(("raw_search",), "no answer", "wait"),
    ]

    held = holds_of(faults, registry, lineage)

    assert {name: hold.reason for name, hold in held.kpis.items()} == {
        "spend": "the token is refused",
        "cost": "the token is refused",
        "roas": "the token is refused",
        "revenue": "a check failed",
        "sales": "a check failed",
    }
    assert held.lines == (
        "the token is refused; renew it; 2 KPIs (cost, roas) and 1 tables (fct_spend) stay as they were",
        "a check failed; correct it; 3 KPIs (cost, sales, roas) and 2 tables (fct_orders, fct_spend) stay as they were",
        "no answer; wait; no KPI rests on it",
    )
    # age counts no source: with all others held, nothing is left that is worth a publication
    assert held.is_everything


@pytest.mark.parametrize(
    ("places", "is_first", "is_refused"),
    [
        (("raw_ads",), False, False),
        (("raw_ads",), True, True),
        (("raw_search",), True, False),
        (("raw_ads", "raw_crm"), False, True),
        (("published.fct_orders",), True, True),
    ],
)
def test_nothing_is_published_where_all_is_held_or_there_is_no_last_good_state(
    lineage: Lineage, registry: Registry, places: tuple[str, ...], is_first: bool, is_refused: bool
) -> None:
    faults = [Fault((place,), f"{place} broke", "mend it") for place in places]
    held = holds_of(faults, registry, lineage)
    if not is_refused:
        refuse(held, is_first=is_first)
        return

    more = f" (+ {len(places) - 1} more: `kpi status`)" if len(places) > 1 else ""
    with pytest.raises(CheckFailed) as caught:
        refuse(held, is_first=is_first)
    assert str(caught.value) == f"{places[0]} broke; mend it{more}; nothing was published"


def test_without_a_fault_nothing_is_held() -> None:
    refuse(Holds(), is_first=True)
