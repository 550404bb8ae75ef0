"""What the bundles are made from: the tables of a publication with their comments, and its registry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from transform.kpi.meta import STAGES
from warehouse.connection import publication_reader
from warehouse.layout import PUBLISHED
from warehouse.semantic import Described, definitions, tables_with_comments


@dataclass(frozen=True)
class Contents:
    """Tables with comments, definitions by name (rows of `dim_kpi`), and the reporting currency."""

    tables: Mapping[str, Described]
    definitions: Mapping[str, Mapping[str, Any]]
    currency: str
    business: str

    def kpis_of(self, audience: str) -> list[Mapping[str, Any]]:
        """The KPIs of an audience: the focus set first, then by the stage of the journey."""
        found = [
            row
            for row in self.definitions.values()
            if row["kind"] == "kpi" and audience in [name.strip() for name in row["audience"].split(",")]
        ]
        return sorted(found, key=lambda row: (not row["is_focus"], STAGES.index(row["stage"]), row["kpi"]))


def read(publication: Path) -> Contents:
    """Read the file `publication`. Raises ConfigurationError when there is none, or it is of another version."""
    with publication_reader(publication) as connection:
        business = connection.execute(f"select reporting_currency, name from {PUBLISHED}.dim_business").fetchone()
        assert business
        rows = {row["kpi"]: row for row in definitions(connection)}
        return Contents(tables_with_comments(connection), rows, str(business[0]), str(business[1]))
