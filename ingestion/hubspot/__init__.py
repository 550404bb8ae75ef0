"""HubSpot CRM: contacts, companies, deals, how they belong together, pipelines and owners, as they stand now."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ingestion.context import LoadContext, Verdict
from ingestion.hubspot.tables import TABLES
from ingestion.spec import SourceSpec

SPEC = SourceSpec(
    name="hubspot",
    title="HubSpot",
    cadence="daily",
    restatement_days=0,
    max_data_age_hours=36,
    time_zone_rule="UTC",
    optional_settings=("ga_client_id_property", "gross_margin_property", "keep_properties", "full_read_days"),
    required_secrets=("access_token",),
    # Counted against the portal's limits before they are sent (pacing.py): more at a time would only wait there.
    parallel_requests=4,
    tables=TABLES,
)


def build(context: LoadContext) -> Iterable[Any]:
    """One dlt resource a table of SPEC. Raises ConfigurationError in one line for what a person can mend."""
    from ingestion.hubspot.source import resources  # dlt is slow to import

    return resources(context)


def probe(context: LoadContext) -> list[Verdict]:
    """Whether the token reads the portal and each kind of object."""
    from ingestion.hubspot.source import verdicts

    return verdicts(context)
