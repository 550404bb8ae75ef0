"""Whether two homes hold the same: every table of the warehouse, and the publication that readers get."""

from __future__ import annotations

from pathlib import Path

import duckdb

from tests.soak.comparing import both
from warehouse.layout import WAREHOUSE_FILE
from warehouse.versions import current_version, run_id_of

# What tells one run from another, and so differs between any two.
OF_THE_RUN = frozenset(
    {
        "_dlt_load_id",
        "_loaded_at",
        "checked_at",
        "first_load_id",
        "first_loaded_at",
        "last_load_id",
        "last_loaded_at",
        "load_id",
        "loaded_at",
        "publication_number",
        "first_reported_at",
        "published_at",
        "replaced_at",
        "reported_at",
        "run_id",
        "seen_at",
    }
)
# A line an attempt: a run that was killed has its own there, and the next one asks for fewer days.
ATTEMPTS = frozenset({"ops.loads", "ops.requests", "history.publication"})
# What the last load asked for, and what the last build found changed: less, where a run that was killed had done it.
OF_THE_LAST_STEP = {
    "ops.sources": {"window_start"},
    # ids of loads are part of it
    "ops.built_inputs": {"state"},
    "marts.source_status": {"window_start"},
    "published.source_status": {"window_start"},
    "intermediate.int_journey_people": {"is_changed"},
    "intermediate.int_open_deal_marks": {"is_changed"},
    "intermediate.int_visit_lookups": {"is_changed"},
}
# What a build found changed since the last one: nothing, and in another form, where everything was built anew.
_CHANGES = (
    "intermediate.int_changed_",
    "intermediate.int_identity_changed_",
    "intermediate.int_identity_replaced_",
    "intermediate.int_path_changes",
    "intermediate.int_replaced_",
    "intermediate.int_touched_",
)
# Who or what is no more is told for one build.
_LASTING = {
    'intermediate."int_journey_people"': "where digest is not null",
    'intermediate."int_open_deal_marks"': "where digest is not null",
    'intermediate."int_visit_lookups"': "where digest is not null",
}


def differences(home: Path, undisturbed: Path) -> tuple[list[str], int]:
    """A line for each table that differs in the warehouse or the publication, and the rows that were compared."""
    found, rows = _compared(home / WAREHOUSE_FILE, undisturbed / WAREHOUSE_FILE)
    link = Path("serving") / "kpi.duckdb"
    more, published = _compared((home / link).resolve(), (undisturbed / link).resolve())
    return [*found, *(f"publication: {line}" for line in more)], rows + published


def published_runs(home: Path) -> set[str]:
    """The runs that the warehouse remembers as published."""
    with duckdb.connect(str(home / WAREHOUSE_FILE), read_only=True) as con:
        pending = con.execute("select count(*) from history.pending").fetchone()
        if pending and pending[0]:
            return {"still pending"}
        return {str(run) for (run,) in con.execute("select run_id from history.publication").fetchall()}


def unreadable(home: Path) -> str:
    """What a reader of the link finds wrong; nothing where it reads one whole version, or where there is none yet."""
    link = home / "serving" / "kpi.duckdb"
    if not link.is_symlink():
        return ""
    try:
        with duckdb.connect(str(link.resolve()), read_only=True) as con:
            said = con.execute("select run_id from published.publication").fetchall()
            runs = con.execute("select distinct run_id from published.kpi_scorecard where not is_stale").fetchall()
    except duckdb.Error as error:
        return f"{link}: {error}"
    named = run_id_of(current_version(link) or "")
    return "" if said == runs == [(named,)] else f"{link}: names {named}, says {said}, holds numbers of {runs}"


def _compared(one: Path, other: Path) -> tuple[list[str], int]:
    found, rows = [], 0
    with both(one, other) as con:
        mine = con.execute("select current_database()").fetchall()[0][0]
        here, there = _columns(con, mine), _columns(con, "undisturbed")
        for relation in sorted(here.keys() ^ there.keys()):
            found.append(f"{relation}: is only in {'this one' if relation in here else 'the undisturbed one'}")
        for relation in sorted(here.keys() & there.keys()):
            if here[relation] != there[relation]:
                found.append(f"{relation}: columns {here[relation]} and {there[relation]}")
                continue
            line, count = _table(con, relation, here[relation])
            rows += count
            found += [line] if line else []
    return found, rows


def _columns(con: duckdb.DuckDBPyConnection, database: str) -> dict[str, list[str]]:
    """The columns of each table that are compared; a sum of doubles differs in its last digits."""
    found: dict[str, list[str]] = {}
    for schema, table, column, kind in con.execute(
        "select schema_name, table_name, column_name, data_type from duckdb_columns() "
        "inner join duckdb_tables() using (database_name, schema_name, table_name) "
        "where database_name = ? order by all",
        [database],
    ).fetchall():
        relation = f'{schema}."{table}"'
        plain = f"{schema}.{table}"
        if plain in ATTEMPTS or plain.startswith(_CHANGES):
            continue
        if column not in OF_THE_RUN | OF_THE_LAST_STEP.get(plain, set()):
            found.setdefault(relation, []).append(f'round("{column}", 9)' if kind == "DOUBLE" else f'"{column}"')
    return found


def _table(con: duckdb.DuckDBPyConnection, relation: str, columns: list[str]) -> tuple[str, int]:
    listed = ", ".join(columns)
    # The history and the checks have rows of each publication and run, the same ones again and again.
    distinct = "distinct " if relation.startswith(("history.", "ops.", 'published."check_results"')) else ""
    where = _LASTING.get(relation, "")
    mine, theirs = (
        f"select {distinct}{listed} from {place} {where}" for place in (relation, f"undisturbed.{relation}")
    )
    counts = [_count(con, f"({one}) except all ({two})") for one, two in ((mine, theirs), (theirs, mine))]
    total = _count(con, theirs)
    if not any(counts):
        return "", total
    query, other = (mine, theirs) if counts[0] else (theirs, mine)
    sample = con.execute(f"({query}) except all ({other}) limit 1").fetchone()
    return f"{relation}: {counts[0]} rows too many, {counts[1]} missing of {total}, such as {str(sample)[:300]}", total


def _count(con: duckdb.DuckDBPyConnection, query: str) -> int:
    row = con.execute(f"select count(*) from ({query})").fetchone()
    return int(row[0]) if row else 0
