"""Which sources a metric rests on, by dbt's manifest: metric, semantic model, models, sources.

A model with `meta={'is_lookup': true}` only names or converts what others count (campaign names, the days that need
an exchange rate): a restatement behind it changes no number, so lineage ends there.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson

from warehouse.errors import ConfigurationError
from warehouse.layout import PUBLISHED, raw_schema
from warehouse.tables import KPI_VALUES

MANIFEST = "manifest.json"


def value_of(kpi: str) -> str:
    """The name of the values of one KPI or metric, as a part of the table that holds them all."""
    return f"{KPI_VALUES.relation}/{kpi}"


class Lineage:
    """The graph of dbt's `manifest.json` in folder `target`. Raises ConfigurationError where there is none."""

    def __init__(self, target: Path) -> None:
        path = target / MANIFEST
        try:
            manifest: dict[str, Any] = orjson.loads(path.read_bytes())
        except FileNotFoundError:
            raise ConfigurationError(f"{path}: dbt has not parsed the project yet; run `kpi refresh`") from None
        self.manifest = manifest
        self._nodes: dict[str, dict[str, Any]] = {
            **manifest["nodes"],
            **manifest["semantic_models"],
            **manifest["metrics"],
        }
        self._sources = {key: str(node["source_name"]) for key, node in manifest["sources"].items()}
        self._metrics = {str(node["name"]): key for key, node in manifest["metrics"].items()}

    def sources_of(self, metric: str) -> frozenset[str]:
        """The sources whose numbers `metric` counts, directly or by way of models and metrics."""
        prefix = raw_schema("")
        schemas = (self._sources.get(key, "") for key in self._walk(self._metrics.get(metric)))
        return frozenset(name.removeprefix(prefix) for name in schemas if name.startswith(prefix))

    def behind_metric(self, metric: str) -> frozenset[str]:
        """Everything that `metric` rests on: tables as schema.table, metrics (itself too) as `value_of` names them."""
        return self._places(self._walk(self._metrics.get(metric)))

    def behind_published(self) -> dict[str, frozenset[str]]:
        """Of each table that dbt makes in schema `published`, the tables that it rests on, as schema.table."""
        return {
            str(node["alias"]): self._places(self._walk(key))
            for key, node in self._nodes.items()
            if node["resource_type"] == "model" and node["schema"] == PUBLISHED
        }

    def _walk(self, start: str | None) -> set[str]:
        """The keys of `start` and of all that lies before it, up to lookups and sources."""
        seen: set[str] = set()
        waiting = [start] if start else []
        while waiting:
            key = waiting.pop()
            if key in seen:
                continue
            seen.add(key)
            node = self._nodes.get(key, {})
            if not node.get("config", {}).get("meta", {}).get("is_lookup"):
                waiting.extend(node.get("depends_on", {}).get("nodes", []))
        return seen

    def _places(self, keys: set[str]) -> frozenset[str]:
        return frozenset(self._place(key) for key in keys) - {""}

    def _place(self, key: str) -> str:
        if key in self._sources:
            node = self.manifest["sources"][key]
            return f"{node['schema']}.{node['identifier']}"
        node = self._nodes.get(key, {})
        if node.get("resource_type") == "metric":
            return value_of(str(node["name"]))
        return f"{node['schema']}.{node['alias']}" if node.get("resource_type") in ("model", "seed") else ""
