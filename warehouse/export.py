"""The publication as files: Parquet for programs, CSV for spreadsheets, a workbook for people, and its description."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb

from warehouse.layout import PUBLISHED
from warehouse.semantic import write_semantic
from warehouse.workbook import WORKBOOK, write_workbook


def export(connection: duckdb.DuckDBPyConnection, folder: Path) -> list[Path]:
    """Write every table of schema `published` to `folder/<table>.parquet` and `folder/csv/<table>.csv`,
    what people read of them to `folder/kpi.xlsx`, and what all of it means to `folder/semantic.json`.

    Times are UTC. In CSV, a text that a spreadsheet would run as a formula (it starts with = + - @ or a control
    character; campaign names come from links that anybody can write) gets an apostrophe before it.
    Returns the files written.
    """
    (folder / "csv").mkdir(parents=True)
    connection.execute("set timezone = 'UTC'")
    tables = connection.execute(
        "select table_name from duckdb_tables() where schema_name = ? order by table_name", [PUBLISHED]
    ).fetchall()
    written: list[Path] = []
    with ThreadPoolExecutor(1) as beside:
        # a second of Python, while DuckDB writes the other files
        workbook = beside.submit(write_workbook, connection.cursor(), folder / WORKBOOK)
        for (table,) in tables:
            parquet, csv = folder / f"{table}.parquet", folder / "csv" / f"{table}.csv"
            connection.execute(f"copy {PUBLISHED}.{table} to '{_quoted(parquet)}' (format parquet, compression zstd)")
            connection.execute(f"copy ({_safe_for_spreadsheets(connection, table)}) to '{_quoted(csv)}' (header)")
            written += [parquet, csv]
        return [*written, workbook.result(), write_semantic(connection, folder)]


def _safe_for_spreadsheets(connection: duckdb.DuckDBPyConnection, table: str) -> str:
    columns = connection.execute(
        "select column_name, data_type from duckdb_columns() where schema_name = ? and table_name = ? "
        "order by column_index",
        [PUBLISHED, table],
    ).fetchall()
    selected = ", ".join(
        f"""case when regexp_matches("{name}", '^[=+@\\t\\r-]') then '''' || "{name}" else "{name}" end as "{name}" """
        if kind == "VARCHAR"
        else f'"{name}"'
        for name, kind in columns
    )
    return f"select {selected} from {PUBLISHED}.{table}"


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
