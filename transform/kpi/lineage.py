"""Which sources a metric rests on, by dbt's manifest: metric, semantic model, models, sources.

A model with `meta={'is_lookup': true}` only names or converts what others count (campaign names, the days that need
an exchange rate): a restatement behind it changes no number, so lineage ends there.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson

from warehouse.errors import ConfigurationError
from warehouse.layout import raw_schema

MANIFEST = "manifest.json"


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
        seen: set[str] = set()
        found: set[str] = set()
        waiting = [self._metrics[metric]] if metric in self._metrics else []
        while waiting:
            key = waiting.pop()
            if key in seen:
                continue
            seen.add(key)
            name = self._sources.get(key, "")
            if name.startswith(prefix):
                found.add(name.removeprefix(prefix))
            node = self._nodes.get(key, {})
            if not node.get("config", {}).get("meta", {}).get("is_lookup"):
                waiting.extend(node.get("depends_on", {}).get("nodes", []))
        return frozenset(found)
