"""What a publication carries over from the one before: the last good numbers of what could not be proved anew."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb

from warehouse.connection import writer
from warehouse.context_tables import KPI_CONTEXT, KPI_TARGETS
from warehouse.errors import CheckFailed, ConfigurationError
from warehouse.history import KEPT
from warehouse.layout import HISTORY, PUBLISHED
from warehouse.settings import Settings
from warehouse.status_tables import KPI_STATUS
from warehouse.tables import (
    DIM_KPI,
    KPI_ADVICE,
    KPI_ANOMALIES,
    KPI_CONTRIBUTIONS,
    KPI_DEFINITIONS,
    KPI_DRIVERS,
    KPI_INPUTS,
    KPI_SCORECARD,
    KPI_VALUES,
    Table,
)

LAST = "last"
"""The catalogue under which the publication before is attached."""

# Each table of KPIs, and where the publication has its rows.
_PLACES: Mapping[Table, str] = {
    KPI_VALUES: f"{PUBLISHED}.kpi_values",
    KPI_CONTEXT: f"{PUBLISHED}.kpi_values",
    KPI_SCORECARD: f"{PUBLISHED}.kpi_scorecard",
    KPI_DRIVERS: f"{PUBLISHED}.kpi_drivers",
    KPI_ANOMALIES: f"{PUBLISHED}.kpi_anomalies",
    KPI_ADVICE: f"{PUBLISHED}.kpi_advice",
    KPI_TARGETS: f"{PUBLISHED}.kpi_targets",
    DIM_KPI: f"{PUBLISHED}.dim_kpi",
    KPI_CONTRIBUTIONS: f"{HISTORY}.kpi_contributions",
    KPI_INPUTS: f"{HISTORY}.kpi_inputs",
    KPI_DEFINITIONS: f"{HISTORY}.kpi_definitions",
}


@dataclass(frozen=True)
class Hold:
    """Why something keeps its last good state, and what a person does about it."""

    reason: str
    mend: str


def carry_over(settings: Settings, held: Mapping[str, Hold]) -> None:
    """Give the KPIs and metrics `held` the rows of the current publication, in every table of schema `semantic`.

    All in one transaction. Whatever is computed next replaces these rows; until then `semantic.kpi_status` and the
    scorecard say that they are stale, and why. A KPI that the publication does not have is left without numbers.
    Raises CheckFailed where the rows of that publication do not fit the tables of this version of the program.
    """
    with writer(settings) as connection:
        attach_last(connection, settings.publication)
        connection.execute("create temp table held (kpi varchar, reason varchar, mend varchar)")
        connection.executemany(
            "insert into held values (?, ?, ?)", [[name, hold.reason, hold.mend] for name, hold in held.items()]
        )
        connection.execute("begin")
        try:
            for table, place in _PLACES.items():
                _carry(connection, table, place)
            connection.execute(_RANKS)
            connection.execute(_SCORECARD)
            _mark(connection)
        except duckdb.ConstraintException as error:
            connection.execute("rollback")
            line = str(error).splitlines()[0]
            raise CheckFailed(
                f"{settings.publication}: its numbers cannot be carried over, because tables have changed since "
                f"({line}); mend first what `kpi status` names; nothing was published"
            ) from None
        except BaseException:
            connection.execute("rollback")
            raise
        connection.execute("commit")


def attach_last(connection: duckdb.DuckDBPyConnection, publication: Path) -> None:
    """Attach the version that `publication` links to, read-only, as `LAST`.

    Raises ConfigurationError when it cannot be read.
    """
    path = str(publication.resolve()).replace("'", "''")
    try:
        connection.execute(f"attach '{path}' as {LAST} (read_only)")
    except duckdb.Error as error:
        raise ConfigurationError(
            f"{publication}: cannot be read, and KPIs are to keep its numbers: {str(error).splitlines()[0]}; "
            "`kpi publish --rollback` goes back to a version that is whole"
        ) from None


def columns_of(connection: duckdb.DuckDBPyConnection, relation: str) -> list[str]:
    """The columns of a table or view; none where there is no such relation."""
    try:
        return [str(name) for name, *_ in connection.execute(f"describe {relation}").fetchall()]
    except duckdb.CatalogException:
        return []


def _carry(connection: duckdb.DuckDBPyConnection, table: Table, place: str) -> None:
    """The table with the rows of all others as they are, and those of what is held as they were published."""
    key = "metric" if table is KPI_CONTRIBUTIONS else "kpi"
    known = columns_of(connection, table.relation)
    if not known:
        return
    connection.execute(
        f"create or replace temp table fresh as from {table.relation} where {key} not in (select kpi from held)"
    )
    table.create(connection, replace=True)
    declared = [name for name, _, _ in table.columns]
    own = ", ".join(f'"{name}"' for name in declared if name in known)
    connection.execute(f"insert into {table.relation} by name select {own} from fresh")
    connection.execute("drop table fresh")
    published = columns_of(connection, f"{LAST}.{place}")
    listed = ", ".join(f'"{name}"' for name in declared if name in published)
    if not listed:
        return
    kept = next((kept for kept in KEPT if kept.table == table.name), None)
    newest = ""
    if place.startswith(HISTORY) and kept:
        newest = f"qualify row_number() over (partition by {', '.join(kept.key)} order by publication_number desc) = 1"
        newest = f"{newest} and not is_withdrawn"
    connection.execute(
        f"insert into {table.relation} by name select {listed} from {LAST}.{place} "
        f"where {key} in (select kpi from held) {newest}"
    )


def _mark(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(f"create or replace temp table fresh as from {KPI_STATUS.relation}")
    KPI_STATUS.create(connection, replace=True)
    connection.execute(f"insert into {KPI_STATUS.relation} by name from fresh where kpi not in (select kpi from held)")
    connection.execute(
        f"""
        insert into {KPI_STATUS.relation} by name
        select held.kpi, computed.as_of, computed.run_id, true as is_stale, reason as stale_reason, mend as stale_mend
        from held
        left join (
            select kpi, max(computed_at) as as_of, any_value(run_id) as run_id from {KPI_VALUES.relation} group by kpi
        ) as computed on held.kpi = computed.kpi
        """
    )


# Advice was ranked among that of its own run.
_RANKS = f"""
update {KPI_ADVICE.relation} as advice set rank = ranked.place
from (select advice_id, row_number() over (order by rank, advice_id) as place from {KPI_ADVICE.relation}) as ranked
where advice.advice_id = ranked.advice_id
"""
_SCORECARD = f"""
update {KPI_SCORECARD.relation} as card set is_stale = true, stale_reason = held.reason
from held where card.kpi = held.kpi
"""
