"""What the property says of its fields: their names, groups and types, and what goes with what."""

from __future__ import annotations

from typing import Any

from ingestion.sandbox.ga4_fields import ALIASES, DIMENSIONS, METRICS, incompatible


def metadata(property_id: str) -> dict[str, Any]:
    """The reply of getMetadata; property 0 is every property, and knows no comparisons."""
    return {
        "dimensions": [_dimension(name) for name in DIMENSIONS],
        "metrics": [_metric(name) for name in METRICS],
        "name": f"properties/{property_id}/metadata",
        **({} if property_id == "0" else {"comparisons": [{"apiName": "comparisons/1", "uiName": "All users"}]}),
    }


def compatibility(dimensions: list[str], metrics: list[str], wanted: str) -> dict[str, Any]:
    """The reply of checkCompatibility: what could be added to a report of these fields, and what could not."""

    def verdict(more: str) -> str:
        return "INCOMPATIBLE" if incompatible([*dimensions, more], metrics) else "COMPATIBLE"

    both = {name: verdict(name) for name in (*DIMENSIONS, *METRICS)}
    reply = {
        "dimensionCompatibilities": [
            {"dimensionMetadata": _dimension(name), "compatibility": both[name]}
            for name in DIMENSIONS
            if wanted in ("", both[name])
        ],
        "metricCompatibilities": [
            {"metricMetadata": _metric(name), "compatibility": both[name]}
            for name in METRICS
            if wanted in ("", both[name])
        ],
    }
    return {name: value for name, value in reply.items() if value}


def _dimension(name: str) -> dict[str, Any]:
    known = DIMENSIONS[name]
    return {"apiName": name, "uiName": known.ui_name, "category": known.category, **_deprecated(name)}


def _metric(name: str) -> dict[str, Any]:
    known = METRICS[name]
    return {
        "apiName": name, "uiName": known.ui_name, "category": known.category, "type": known.type, **_deprecated(name),
    }  # fmt: skip


def _deprecated(name: str) -> dict[str, Any]:
    old = [alias for alias, new in ALIASES.items() if new == name]
    return {"deprecatedApiNames": old} if old else {}
