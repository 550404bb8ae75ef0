"""Whether the models and the KPIs of the warehouse are of one another: what may be published at all.

A run that dies half way leaves new models beside old KPIs, or models of two builds. Whoever goes on from its failed
step in another run would publish the two side by side.
"""

from __future__ import annotations

import duckdb

from warehouse.layout import OPS

_TABLE = f"{OPS}.built_whole"
_CREATE = f"create table if not exists {_TABLE} (models_ended boolean, kpis_ended boolean)"


def models_begin(connection: duckdb.DuckDBPyConnection) -> None:
    """From here on the models are of two builds, and the KPIs of models that are no more."""
    _write(connection, models=False, kpis=False)


def models_end(connection: duckdb.DuckDBPyConnection) -> None:
    """All models that could be built were."""
    _write(connection, models=True, kpis=False)


def kpis_end(connection: duckdb.DuckDBPyConnection) -> None:
    """The KPIs are computed from the models as they stand, which are whole if they were before."""
    connection.execute(f"{_CREATE}; update {_TABLE} set kpis_ended = models_ended")


def what_is_not_whole(connection: duckdb.DuckDBPyConnection) -> str:
    """In a few words what a run that did not end has left; "" where all is of one build, or nothing was built yet."""
    connection.execute(_CREATE)
    models, kpis = connection.execute(f"from {_TABLE}").fetchone() or (True, True)
    if not models:
        return "the models are of two builds"
    return "" if kpis else "the models were built after the KPIs were computed"


def _write(connection: duckdb.DuckDBPyConnection, *, models: bool, kpis: bool) -> None:
    connection.execute(_CREATE)
    connection.execute("begin")
    connection.execute(f"delete from {_TABLE}")
    connection.execute(f"insert into {_TABLE} values (?, ?)", [models, kpis])
    connection.execute("commit")
