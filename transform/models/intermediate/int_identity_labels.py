"""The person of every identifier, and the persons that it had before; `transform.identity` finds both."""

import os
from datetime import datetime
from typing import Any

from transform.identity.labels import COLUMNS, relabel


def model(dbt: Any, session: Any) -> Any:
    """One row an identifier, with `replaced_by` NULL, and one for every person that it belonged to before.

    Where the build goes on from the last one, of the components that changed alone.
    """
    dbt.ref("int_identity_nodes")
    dbt.ref("int_identity_edges")
    dbt.ref("int_identity_changed_components")
    this = dbt.this
    schema = this.schema
    known = {
        name
        for (name,) in session.execute(
            "select column_name from duckdb_columns() where schema_name = ? and table_name = ?",
            [schema, this.identifier],
        ).fetchall()
    }
    return relabel(
        session,
        nodes=f"{schema}.int_identity_nodes",
        edges=f"{schema}.int_identity_edges",
        before=str(this) if known == set(COLUMNS) else None,
        only=f"{schema}.int_identity_changed_components" if dbt.is_incremental else None,
        built_at=datetime.fromisoformat(os.environ["KPI_BUILD_AS_OF"]),
        run_id=os.environ.get("DBT_ENV_CUSTOM_ENV_RUN_ID", ""),
    )
