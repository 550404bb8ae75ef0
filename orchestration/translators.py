"""How things of ours are named in Dagster: the key of an asset is always its DuckDB schema and table."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DbtProject


def key_of(relation: str) -> dg.AssetKey:
    """`marts.fct_orders` as an asset key."""
    return dg.AssetKey(relation.split("."))


def owner(name: str) -> str:
    """An owner as Dagster takes it: an e-mail address as it is, anything else as a team."""
    return name if "@" in name else f"team:{_slug(name)}"


def tag(value: object) -> str:
    """A value as Dagster takes it in a tag."""
    return _slug(str(value))


def _slug(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9_.-]+", "_", text).strip("_.-")[:63]


class ModelTranslator(DagsterDbtTranslator):
    """dbt's models, seeds and sources under the names of their relations, grouped by schema."""

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> dg.AssetKey:
        props = dbt_resource_props
        table = props.get("identifier") if props["resource_type"] == "source" else props.get("alias")
        return dg.AssetKey([props["schema"], table or props["name"]])

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        return str(dbt_resource_props["schema"])

    def get_asset_spec(self, manifest: Mapping[str, Any], unique_id: str, project: DbtProject | None) -> dg.AssetSpec:
        spec = super().get_asset_spec(manifest, unique_id, project)
        return spec.replace_attributes(owners=spec.owners or [owner("analytics")])
