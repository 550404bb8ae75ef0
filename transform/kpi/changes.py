"""Which periods have to be computed again: those that hold a day whose rows changed since the last computation.

Of each day of each fact a fingerprint of its rows is kept (`ops.kpi_days`), of each statement its text
(`ops.kpi_statements`), and what the statements found (`ops.kpi_sums`). A statement that is new or reads otherwise is
run whole. Any other is run on the periods of the days that changed, came or went, by putting those rows of the fact in
its place; what it found of other periods stays. The result is that of running everything whole, row for row.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import orjson

from transform.kpi.compiler import SEMANTIC_MANIFEST
from warehouse.layout import OPS

RELATION = re.compile(r'"[^"]+"\."[^"]+"\."[^"]+"')
SUMS = f"{OPS}.kpi_sums"
_COLUMNS = (
    "statement varchar, kpi varchar, grain varchar, period_start date, segment_dimension varchar, "
    "segment_value varchar, value double, numerator double, denominator double, sample_size bigint"
)


@dataclass(frozen=True)
class Statement:
    """One compiled query `sql` at `grain`, and the select list `rows` that makes rows of `ops.kpi_sums` of it."""

    key: str
    grain: str
    sql: str
    rows: str
    is_whole: bool = False
    """Run on all periods whenever anything under it changed."""

    @property
    def relations(self) -> frozenset[str]:
        return frozenset(RELATION.findall(self.sql))

    @property
    def digest(self) -> str:
        # the fingerprints are the engine's own hash, which another version may work out otherwise
        text = f"{duckdb.__version__}\n{self.sql}\n{self.rows}"
        return hashlib.sha256(text.encode()).hexdigest()[:20]


@dataclass(frozen=True)
class Recomputed:
    """How many statements ran whole, ran on some periods, and did not run."""

    whole: int
    partly: int
    kept: int


@dataclass(frozen=True)
class Facts:
    """What dbt's semantic manifest in folder `target` says of days and of metrics that look beyond their period."""

    days: Mapping[str, str]
    """The column of the day of each relation that has one."""
    reaching: frozenset[str]
    """Metrics whose value in a period rests on other periods too."""

    @classmethod
    def read(cls, target: Path) -> Facts:
        manifest: dict[str, Any] = orjson.loads((target / SEMANTIC_MANIFEST).read_bytes())
        days = {
            str(model["node_relation"]["relation_name"]): day
            for model in manifest["semantic_models"]
            if (day := _day(model)) is not None
        }
        return cls(days, frozenset(_reaching(manifest["metrics"])))


def refresh(con: duckdb.DuckDBPyConnection, statements: Iterable[Statement], facts: Facts) -> Recomputed:
    """Bring `ops.kpi_sums` up to date with the facts, within the transaction of `con`."""
    wanted = tuple(statements)
    con.execute(f"create schema if not exists {OPS}")
    con.execute(f"create table if not exists {SUMS} ({_COLUMNS})")
    con.execute(f"create table if not exists {OPS}.kpi_statements (statement varchar, digest varchar)")
    con.execute(f"create table if not exists {OPS}.kpi_days (relation varchar, day date, fingerprint varchar)")
    _fingerprint(con, frozenset().union(*(statement.relations for statement in wanted)), facts.days)
    touched = _touched(con)
    known = dict(con.execute(f"select statement, digest from {OPS}.kpi_statements").fetchall())
    con.execute(f"create or replace temp table fresh_sums ({_COLUMNS})")
    con.execute("create or replace temp table stale_sums (statement varchar, period_start date)")
    whole = partly = 0
    for statement in wanted:
        changed = {relation for relation, grain in touched if relation in statement.relations}
        if known.get(statement.key) != statement.digest or (
            changed and (statement.is_whole or any((relation, "") in touched for relation in changed))
        ):
            con.execute("insert into stale_sums values (?, null)", [statement.key])
            _run(con, statement, statement.sql)
            whole += 1
        elif changed:
            _rerun(con, statement, facts.days)
            partly += 1
    _keep(con, wanted)
    return Recomputed(whole, partly, len(wanted) - whole - partly)


def _fingerprint(con: duckdb.DuckDBPyConnection, relations: Iterable[str], days: Mapping[str, str]) -> None:
    """The table `fresh_days`: of each day of each relation what its rows are; all rows where it has no day."""
    con.execute("create or replace temp table fresh_days (relation varchar, day date, fingerprint varchar)")
    for relation in sorted(relations):
        day = f"cast({days[relation]} as date)" if relation in days else "cast(null as date)"
        con.execute(
            f"insert into fresh_days select '{relation}', {day}, count(*) || ' ' || sum(hash(fact)) "
            f"from {relation} as fact group by 2"
        )


def _touched(con: duckdb.DuckDBPyConnection) -> set[tuple[str, str]]:
    """The table `touched` (relation, grain, period_start), and which relations it holds at which grain.

    A change outside of any day is one at grain "".
    """
    con.execute(f"""
        create or replace temp table touched as
        with changed as (
            select relation, day
            from fresh_days as fresh
            full join {OPS}.kpi_days as kept using (relation, day)
            where fresh.fingerprint is distinct from kept.fingerprint
        )
        select distinct relation, grain, cast(date_trunc(grain, day) as date) as period_start
        from changed
        cross join (values ('day'), ('week'), ('month')) as grains (grain)
        where day is not null
    """)
    # a join does not match the NULL day of a relation without days
    undated = con.execute(f"""
        select coalesce(fresh.relation, kept.relation)
        from (from fresh_days where day is null) as fresh
        full join (from {OPS}.kpi_days where day is null) as kept using (relation)
        where fresh.fingerprint is distinct from kept.fingerprint
    """).fetchall()
    found = con.execute("select distinct relation, grain from touched").fetchall()
    return {(relation, grain) for relation, grain in found} | {(relation, "") for (relation,) in undated}


def _run(con: duckdb.DuckDBPyConnection, statement: Statement, sql: str) -> None:
    con.execute(f"insert into fresh_sums with query as materialized ({sql}) {statement.rows}")


def _rerun(con: duckdb.DuckDBPyConnection, statement: Statement, days: Mapping[str, str]) -> None:
    """Run on the rows of the touched periods alone, of every fact that the statement reads."""
    names = ", ".join(f"'{relation}'" for relation in sorted(statement.relations))
    periods = f"select period_start from touched where grain = '{statement.grain}' and relation in ({names})"
    con.execute(f"insert into stale_sums select distinct '{statement.key}', period_start from ({periods})")

    def part(match: re.Match[str]) -> str:
        relation = match.group()
        if relation not in days:
            return relation
        return (
            f"(select * from {relation} where cast(date_trunc('{statement.grain}', {days[relation]}) as date) "
            f"in ({periods}))"
        )

    _run(con, statement, RELATION.sub(part, statement.sql))


def _keep(con: duckdb.DuckDBPyConnection, wanted: Iterable[Statement]) -> None:
    con.execute("create or replace temp table fresh_statements (statement varchar, digest varchar)")
    con.executemany("insert into fresh_statements values (?, ?)", [(item.key, item.digest) for item in wanted])
    con.execute(
        f"delete from {SUMS} as sums"
        " where not exists (from fresh_statements as known where known.statement = sums.statement)"
        " or exists (from stale_sums as stale where stale.statement = sums.statement"
        " and coalesce(stale.period_start, sums.period_start) = sums.period_start)"
    )
    con.execute(f"insert into {SUMS} from fresh_sums")
    con.execute(f"create or replace table {OPS}.kpi_statements as from fresh_statements")
    con.execute(f"create or replace table {OPS}.kpi_days as from fresh_days")


def _day(model: Mapping[str, Any]) -> str | None:
    """The one day by which all measures of a semantic model are dated."""
    default = (model.get("defaults") or {}).get("agg_time_dimension")
    used = {measure.get("agg_time_dimension") or default for measure in model["measures"]}
    columns = {item["name"]: item.get("expr") or item["name"] for item in model["dimensions"] if item["type"] == "time"}
    return str(columns[used.pop()]) if len(used) == 1 and used <= columns.keys() else None


def _reaching(metrics: Iterable[Mapping[str, Any]]) -> set[str]:
    by_name = {str(metric["name"]): metric for metric in metrics}

    def reaches(name: str) -> bool:
        metric = by_name[name]
        inputs = [*(metric["type_params"].get("metrics") or [])]
        inputs += [side for key in ("numerator", "denominator") if (side := metric["type_params"].get(key))]
        return (
            metric["type"] in ("cumulative", "conversion")
            or any(one.get("offset_window") or one.get("offset_to_grain") for one in inputs)
            or any(reaches(str(one["name"])) for one in inputs)
        )

    return {name for name in by_name if reaches(name)}
