"""The identifiers that are labelled anew: those that changed, with all that were or are of one person with them."""

from typing import Any

from transform.identity.increment import affected


def model(dbt: Any, session: Any) -> Any:
    """One row an identifier; none where everything is built anew."""
    dbt.ref("int_identity_changed_nodes")
    schema = dbt.this.schema
    return affected(session, changed=f"{schema}.int_identity_changed_nodes", before=f"{schema}.int_identity_labels")
