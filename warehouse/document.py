"""Documentation of the published tables, from the comments that the publication itself carries.

`python -m warehouse.document` writes docs/published-tables.md from the current publication, and the columns to
`published_schema.json` under a new version where they changed.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from warehouse.connection import reader
from warehouse.integrity import KEYS
from warehouse.layout import PROJECT_ROOT, PUBLISHED
from warehouse.schema import renew, tables_of
from warehouse.settings import load_settings

PAGE = PROJECT_ROOT / "docs" / "published-tables.md"

_HEAD = """# Published tables

Made from the comments of a publication by `python -m warehouse.document`; edit them in
`transform/models/marts/*.yml` and `warehouse/tables.py`. BI tools show the same words.

Schema `published` of `serving/kpi.duckdb`; each table is also a Parquet and a CSV file in `serving/<run_id>/`.
The same words, the joins and the SQL of every KPI are in `serving/<run_id>/semantic.json`, for programs and language
models (docs/bi/semantic.md).
The columns have a version (`schema_version` of `serving/<run_id>/manifest.json`); CHANGELOG.md says what each changed.
Times are UTC, money is in the reporting currency unless its name ends in `_local`, rates are fractions (0.05 is 5 %).
"""


def render(connection: duckdb.DuckDBPyConnection) -> str:
    """The page of the publication that `connection` reads: a section a table, a line a column."""
    tables = dict(
        connection.execute(
            "select table_name, coalesce(comment, '') from duckdb_tables() where schema_name = ? order by table_name",
            [PUBLISHED],
        ).fetchall()
    )
    names = [*(name for name in KEYS if name in tables), *(name for name in tables if name not in KEYS)]
    return "\n".join([_HEAD, *(line for name in names for line in _section(connection, name, tables[name]))])


def _section(connection: duckdb.DuckDBPyConnection, name: str, comment: str) -> list[str]:
    columns = connection.execute(
        "select column_name, data_type, coalesce(comment, '') from duckdb_columns() "
        "where schema_name = ? and table_name = ? order by column_index",
        [PUBLISHED, name],
    ).fetchall()
    key = f" A row is named by {', '.join(f'`{column}`' for column in KEYS[name])}." if name in KEYS else ""
    rows = [f"| `{column}` | {kind.lower()} | {_cell(meaning)} |" for column, kind, meaning in columns]
    return [f"## {name}", "", comment + key, "", "| column | type | meaning |", "|---|---|---|", *rows, ""]


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def write(publication: Path, page: Path = PAGE) -> None:
    """Write the page and the columns' version from the file `publication`.

    Raises ConfigurationError where there is none.
    """
    with reader(publication) as connection:
        page.write_text(render(connection), encoding="utf-8")
        renew(tables_of(connection))


if __name__ == "__main__":
    write(load_settings().publication)
