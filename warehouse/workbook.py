"""The publication as one Excel workbook, for people who work in spreadsheets: what they read, not every row."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from warehouse.layout import PUBLISHED

WORKBOOK = "kpi.xlsx"
# Sheets in their order, and which rows of the table a sheet has. Touchpoints, orders and days by segment are no
# reading matter: Parquet and CSV have them.
SHEETS = {
    "kpi_scorecard": "true",
    "kpi_targets": "true",
    "kpi_advice": "true",
    "kpi_anomalies": "true",
    "kpi_values": "segment_dimension = '' and grain in ('week', 'month')",
    "channel_daily": "true",
    "campaign_daily": "true",
    "funnel": "true",
    "cohort_retention": "true",
    "reconciliation": "true",
    "reconciliation_weekly": "true",
    "source_status": "true",
    "dim_kpi": "true",
}
# The newest of a longer table: a sheet of more takes a spreadsheet, and us, too long.
MOST_ROWS = 20_000
_DAYS = ("date_day", "period_start")
# The first sheet has them, the same for all rows.
_LEFT_OUT = ("run_id", "computed_at")
_LONGEST_TEXT = 32_767
_WIDTH = 18


def write_workbook(connection: duckdb.DuckDBPyConnection, path: Path) -> Path:
    """Write the workbook of the publication that `connection` reads: a sheet a table, and what each column means.

    Times are UTC. A text stays a text, whatever it starts with. The first sheet tells how many rows a table has and
    how many of them, the newest, are in the workbook.
    """
    # 0.1 s of import that a reader of the warehouse does not need
    import xlsxwriter

    tables = {table: condition for table, condition in SHEETS.items() if _columns(connection, table)}
    published = connection.execute(f"select run_id, published_at, data_through from {PUBLISHED}.publication").fetchone()
    assert published
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "nan_inf_to_errors": True,
        "tmpdir": str(path.parent),
    }
    with xlsxwriter.Workbook(str(path), options) as book:
        book.set_properties({"title": f"Publication {published[0]}", "created": _utc(published[1])})
        bold = book.add_format({"bold": True, "bottom": 1})
        time = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        formats = {"bold": bold, "DATE": book.add_format({"num_format": "yyyy-mm-dd"})}
        formats |= {"TIMESTAMP": time, "TIMESTAMP WITH TIME ZONE": time}
        contents = book.add_worksheet("contents")
        sheets = {table: book.add_worksheet(table) for table in tables}
        meanings = book.add_worksheet("columns")
        lines: list[tuple[Any, ...]] = [
            ("run_id", published[0]),
            ("published_at (UTC)", f"{_utc(published[1]):%Y-%m-%d %H:%M:%S}"),
            ("data_through", f"{published[2]}"),
            (),
            ("table", "rows in the publication", "rows here", "which"),
        ]
        for table, condition in tables.items():
            total, here = _write_table(connection, sheets[table], table, condition, formats)
            which = "weeks and months in total" if table == "kpi_values" else "the newest" if here < total else "all"
            lines.append((table, total, here, which))
        lines.append(())
        lines.append(("Every table in full: the .parquet and csv files beside this one.",))
        for number, line in enumerate(lines):
            contents.write_row(number, 0, line, bold if line[:1] == ("table",) else None)
        contents.set_column(0, 3, _WIDTH + 6)
        meanings.write_row(0, 0, ("table", "column", "meaning"), bold)
        for number, row in enumerate(_meanings(connection, list(tables)), 1):
            meanings.write_row(number, 0, row)
        meanings.set_column(0, 1, _WIDTH + 10)
        meanings.freeze_panes(1, 0)
    return path


def _write_table(
    connection: duckdb.DuckDBPyConnection, sheet: Any, table: str, condition: str, formats: dict[str, Any]
) -> tuple[int, int]:
    """Rows that the table has, and rows that were written."""
    columns = {name: kind for name, kind in _columns(connection, table).items() if name not in _LEFT_OUT}
    if "segment_dimension = ''" in condition:
        columns = {name: kind for name, kind in columns.items() if not name.startswith("segment_")}
    counted = connection.execute(f"select count(*) from {PUBLISHED}.{table}").fetchone()
    newest = next((f"order by {day} desc" for day in _DAYS if day in columns), "")
    # of a long table the newest rows, in the order that the table has
    chosen = f"select rowid from {PUBLISHED}.{table} where {condition} {newest} limit {MOST_ROWS}"
    selected = ", ".join(_number_or_text(name, kind) for name, kind in columns.items())
    rows = f"select {selected} from {PUBLISHED}.{table} where rowid in ({chosen}) order by rowid"
    sheet.set_column(0, len(columns) - 1, _WIDTH)
    for number, kind in enumerate(columns.values()):
        if kind in formats:
            sheet.set_column(number, number, _WIDTH, formats[kind])
    sheet.freeze_panes(1, 1)
    sheet.write_row(0, 0, list(columns), formats["bold"])
    written = 0
    for written, row in enumerate(_rows(connection, rows), 1):
        sheet.write_row(written, 0, row)
    sheet.autofilter(0, 0, max(written, 1), len(columns) - 1)
    return int(counted[0]) if counted else 0, written


def _number_or_text(column: str, kind: str) -> str:
    """A day or a time as Excel has it: days since 1899-12-30, shown by the column's format."""
    if kind == "DATE":
        return f"date_diff('day', date '1899-12-30', \"{column}\")"
    if kind.startswith("TIMESTAMP"):
        return f'epoch("{column}") / 86400 + 25569'
    if kind.startswith("DECIMAL"):
        return f'"{column}"::double'
    return f'"{column}"[:{_LONGEST_TEXT}]' if kind == "VARCHAR" else f'"{column}"'


def _rows(connection: duckdb.DuckDBPyConnection, query: str) -> Iterator[tuple[Any, ...]]:
    result = connection.execute(query)
    while rows := result.fetchmany(5_000):
        yield from rows


def _columns(connection: duckdb.DuckDBPyConnection, table: str) -> dict[str, str]:
    return dict(
        connection.execute(
            "select column_name, data_type from duckdb_columns() where schema_name = ? and table_name = ? "
            "order by column_index",
            [PUBLISHED, table],
        ).fetchall()
    )


def _meanings(connection: duckdb.DuckDBPyConnection, tables: list[str]) -> list[tuple[str, ...]]:
    found = connection.execute(
        "select table_name, column_name, coalesce(comment, '') from duckdb_columns() where schema_name = ? "
        "order by table_name, column_index",
        [PUBLISHED],
    ).fetchall()
    return [row for table in tables for row in found if row[0] == table]


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None)
