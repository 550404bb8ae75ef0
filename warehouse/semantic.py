"""The semantic description of a version: `serving/<run_id>/semantic.json`, for BI tools and language models.

It is written in the Apache Ossie core format (the Open Semantic Interchange's; version 0.1.1), because converters to
and from it exist for several tools, because it has a place for what a language model has to know, and because JSON is
valid YAML, in which most of them ask for it. All of it comes from the publication: tables, keys, comments and
`dim_kpi`. What the format has no place for stands in custom extensions.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb

from warehouse.integrity import KEYS
from warehouse.layout import PUBLISHED
from warehouse.measures import measure

SEMANTIC_FILE = "semantic.json"
# The newest version that is released; the draft after it adds to it.
OSSIE_VERSION = "0.1.1"
# The many side, its column, and the one side, whose key has the same values.
RELATIONSHIPS = (
    *(
        (table, "kpi", "dim_kpi", "kpi")
        for table in (
            "kpi_scorecard",
            "kpi_values",
            "kpi_reported",
            "kpi_drivers",
            "kpi_targets",
            "kpi_anomalies",
            "kpi_advice",
        )
    ),
    ("fct_attribution", "conversion_id", "fct_conversions", "conversion_id"),
    ("fct_conversion_paths", "conversion_id", "fct_conversions", "conversion_id"),
    ("fct_conversions", "order_id", "fct_orders", "order_id"),
    ("fct_customer_journey", "conversion_id", "fct_orders", "order_id"),
)
# A table's comment, and its columns with type and comment.
Described = tuple[str, list[tuple[str, str, str]]]
_INSTRUCTIONS = (
    "Every number of the scorecard is in kpi_scorecard, its history in kpi_values. Always filter kpi_values by kpi, "
    "grain (day, week, month) and segment_dimension ('' is the total): its rows overlap, and adding over grains or "
    "splits counts twice. Never average values: add numerator and denominator, then divide, and look at "
    "dim_kpi.rolls_up first. Use is_complete to leave out the running period, and is_final to tell what vendors may "
    "still change. A NULL value has its reason in null_reason; it is not 0. {currency}Rates are fractions: 0.05 is 5 %."
)


def write_semantic(built: duckdb.DuckDBPyConnection, folder: Path) -> Path:
    """Write the description of the publication that `built` reads to `folder`. Returns the file."""
    path = folder / SEMANTIC_FILE
    path.write_text(json.dumps(describe(built), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return path


def describe(built: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """The description: tables with keys and columns, how they join, and each KPI and metric with its SQL."""
    tables = tables_with_comments(built)
    known = [one for one in RELATIONSHIPS if _has(tables, one[0], one[1]) and _has(tables, one[2], one[3])]
    model = {
        "name": "marketing_kpis",
        "description": "Marketing KPIs and the journeys, spend and orders behind them, as published.",
        "ai_context": {"instructions": _INSTRUCTIONS.format(currency=_currency(built, tables))},
        "datasets": [_dataset(name, *table) for name, table in tables.items()],
        "relationships": [
            {
                "name": f"{many}_{column}_to_{one}",
                "from": many,
                "to": one,
                "from_columns": [column],
                "to_columns": [key],
            }
            for many, column, one, key in known
        ],
        "metrics": [_metric(row) for row in definitions(built)] if "dim_kpi" in tables else [],
    }
    return {"version": OSSIE_VERSION, "semantic_model": [model]}


def tables_with_comments(built: duckdb.DuckDBPyConnection) -> dict[str, Described]:
    """Each table of schema `published` with its comment, and its columns with type and comment."""
    found: dict[str, Described] = {}
    for table, comment, column, kind, meaning in built.execute(
        "select t.table_name, coalesce(t.comment, ''), c.column_name, c.data_type, coalesce(c.comment, '') "
        "from duckdb_tables() as t join duckdb_columns() as c using (table_oid, database_oid) "
        "where t.schema_name = ? order by t.table_name, c.column_index",
        [PUBLISHED],
    ).fetchall():
        found.setdefault(table, (comment, []))[1].append((column, kind, meaning))
    return found


def _has(tables: Mapping[str, Described], table: str, column: str) -> bool:
    return table in tables and any(name == column for name, _, _ in tables[table][1])


def _currency(built: duckdb.DuckDBPyConnection, tables: Mapping[str, Any]) -> str:
    if "dim_business" not in tables:
        return ""
    row = built.execute(f"select reporting_currency from {PUBLISHED}.dim_business").fetchone()
    return f"Money is in {row[0]} unless a column's name ends in _local. " if row else ""


def definitions(built: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """The rows of `dim_kpi`, by name."""
    result = built.execute(f"select * from {PUBLISHED}.dim_kpi order by kpi")
    names = [column[0] for column in result.description or []]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def _dataset(name: str, comment: str, columns: list[tuple[str, str, str]]) -> dict[str, Any]:
    return {
        "name": name,
        "source": f"kpi.{PUBLISHED}.{name}",
        **({"primary_key": list(KEYS[name])} if name in KEYS else {}),
        "description": comment,
        "fields": [
            {
                "name": column,
                "expression": _sql(column),
                "dimension": {"is_time": kind == "DATE" or kind.startswith("TIMESTAMP")},
                "description": meaning,
                "custom_extensions": [_extension({"data_type": kind.lower()})],
            }
            for column, kind, meaning in columns
        ],
    }


def _metric(row: Mapping[str, Any]) -> dict[str, Any]:
    """A KPI or metric; what it takes to read it rightly is told to language models, and kept for programs."""
    told = (
        ("formula", "Formula"),
        ("where_it_is_wrong", "Where it misleads"),
        ("what_moves_it", "What moves it"),
        ("when_it_is_off", "When it is off"),
    )
    kept = ("kind", "unit", "direction", "stage", "cadence", "audience", "objective", "owner", "segments", "sources")
    return {
        "name": row["kpi"],
        "expression": _sql(measure(row, "kpi_values")),
        "description": row["description"],
        "ai_context": {
            "instructions": " ".join(f"{label}: {row[name]}" for name, label in told if row.get(name)),
            "synonyms": [row["label"]],
        },
        "custom_extensions": [_extension({name: row.get(name) for name in (*kept, "rolls_up")})],
    }


def _sql(expression: str) -> dict[str, Any]:
    return {"dialects": [{"dialect": "ANSI_SQL", "expression": expression}]}


def _extension(data: Mapping[str, Any]) -> dict[str, str]:
    return {"vendor_name": "COMMON", "data": json.dumps(data, ensure_ascii=False)}
