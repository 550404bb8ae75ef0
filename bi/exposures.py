"""dbt's exposures: who reads what. One for each page and each Superset dashboard, written from what they are made of.

`python -m bi.exposures` writes transform/models/exposures.yml anew. dbt can name the models and metrics that it knows;
the tables that Python writes (`kpi_values` and others) stand in `config.meta.tables`, with the rest.
"""

from __future__ import annotations

import inspect
import io
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from bi.contents import Contents
from bi.superset import charts_of
from bi.superset_datasets import NEWEST
from dashboards import reading
from dashboards.blocks import BLOCKS
from dashboards.cards import AUDIENCES
from dashboards.pages import PageFile, load_pages
from transform.kpi.registry import Registry, load_registry
from transform.kpi.store import describe
from warehouse.layout import DBT_PROJECT, PROJECT_ROOT
from warehouse.schema import committed
from warehouse.settings import Settings, load_settings

FILE = DBT_PROJECT / "models" / "exposures.yml"
_HEAD = "# Written by `python -m bi.exposures` from the pages and the Superset dashboards; a test holds it to them.\n"
_READS = re.compile(r"\bpublished\.([a-z_]+)")
_ANY_DAY = date(2026, 1, 1)


@dataclass(frozen=True)
class Dashboard:
    """Something that people look at, the published tables that it reads, and the KPIs and metrics that it shows."""

    name: str
    label: str
    description: str
    tables: frozenset[str]
    metrics: frozenset[str]


def dashboards(settings: Settings) -> list[Dashboard]:
    """Every page of ours, the app that shows them, and every Superset dashboard."""
    registry = load_registry(settings)
    contents = contents_of(registry)
    files = load_pages(None, contents.definitions)
    pages = [_page(file, registry) for file in files]
    return [*pages, _app(pages), *(_superset(audience, contents) for audience in AUDIENCES)]


def contents_of(registry: Registry) -> Contents:
    """What a bundle is made from, without a publication: tables as committed, definitions as the registry has them."""
    tables = {
        name: ("", [(column, kind, "") for column, kind in columns.items()])
        for name, columns in committed()["tables"].items()
    }
    return Contents(tables, {item.name: describe(item, (), _ANY_DAY) for item in registry}, registry.currency, "")


def render(found: Iterable[Dashboard]) -> str:
    """The file of the exposures."""
    models = {path.stem for path in (DBT_PROJECT / "models" / "published").glob("*.sql")}
    exposures = [
        {
            "name": one.name,
            "label": one.label,
            "type": "dashboard",
            "maturity": "high",
            "description": one.description,
            "owner": {"name": "marketing analytics"},
            "depends_on": [
                *(f"ref('published_{table}')" for table in sorted(one.tables) if f"published_{table}" in models),
                *(f"metric('{metric}')" for metric in sorted(one.metrics)),
            ],
            "config": {"meta": {"tables": [f"published.{table}" for table in sorted(one.tables)]}},
        }
        for one in found
    ]
    writer = YAML(typ="safe", pure=True)
    writer.default_flow_style = False
    writer.width = 4096
    writer.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    text = io.StringIO()
    writer.dump({"exposures": exposures}, text)
    return _HEAD + text.getvalue()


def _page(file: PageFile, registry: Registry) -> Dashboard:
    tables = _tables_in(reading)
    for block in file.spec.blocks:
        tables |= _tables_of(BLOCKS[block.block])
    kpis = (kpi for kpi in registry.kpis if file.spec.audience in ("", *kpi.audience))
    return Dashboard(
        f"page_{file.name.replace('-', '_')}",
        f"Page: {file.spec.title}",
        f"{file.spec.question or file.spec.title} A page of dashboards/, made with each publication.",
        frozenset(tables),
        frozenset(kpi.name for kpi in kpis),
    )


def _app(pages: list[Dashboard]) -> Dashboard:
    """The app has every page, and what it reads besides."""
    own = _READS.findall((PROJECT_ROOT / "app" / "current.py").read_text(encoding="utf-8"))
    return Dashboard(
        "app",
        "App",
        "The pages as an app, and channels by day (`kpi app`).",
        frozenset(own).union(*(page.tables for page in pages)),
        frozenset().union(*(page.metrics for page in pages)),
    )


def _tables_of(block: Any) -> set[str]:
    """The tables named in the module of a block and in the modules of pages that it takes functions from."""
    module = sys.modules[block.__module__]
    found = _tables_in(module)
    for thing in vars(module).values():
        origin = getattr(thing, "__module__", None) or ""
        if origin.startswith("dashboards.") and origin != module.__name__ and inspect.isfunction(thing):
            found |= _tables_in(sys.modules[origin])
    return found


def _tables_in(module: Any) -> set[str]:
    return set(_READS.findall(inspect.getsource(module)))


def _superset(audience: str, contents: Contents) -> Dashboard:
    charts = charts_of(contents, audience)
    tables = {chart.dataset for chart in charts}
    if NEWEST in tables:
        tables = (tables - {NEWEST}) | {"kpi_values", "kpi_scorecard"}
    metrics = {name for chart in charts for name in chart.query["metrics"] or [] if name in contents.definitions}
    return Dashboard(
        f"superset_{audience}",
        f"Superset: {AUDIENCES[audience]}",
        "A dashboard of the bundle that `kpi bi superset` writes.",
        frozenset(tables),
        frozenset(metrics),
    )


def write(settings: Settings, path: Path = FILE) -> int:
    """Write the file; the number of exposures."""
    found = dashboards(settings)
    path.write_text(render(found), encoding="utf-8")
    return len(found)


if __name__ == "__main__":
    write(load_settings())
