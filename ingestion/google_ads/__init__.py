"""Google Ads over REST searchStream: every client account below a manager."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ingestion.context import LoadContext, Verdict
from ingestion.google_ads.tables import REPORTS
from ingestion.spec import SourceSpec

SPEC = SourceSpec(
    name="google_ads",
    title="Google Ads",
    cadence="daily",
    restatement_days=30,
    # Conversion windows go up to 90 days after the click.
    monthly_restatement_days=93,
    max_data_age_hours=36,
    time_zone_rule="account",
    time_zones="customers.customer_id.time_zone",
    required_settings=("login_customer_id",),
    optional_settings=("access_level",),
    required_secrets=("credentials",),
    optional_secrets=("developer_token",),
    # Google sets no number: it meters queries a second by account and token, and slows down who asks for too much.
    parallel_requests=4,
    tables=tuple(report.table for report in REPORTS),
)


def build(context: LoadContext) -> Iterable[Any]:
    """One dlt resource a table. Raises ConfigurationError for what a person has to mend."""
    from ingestion.google_ads.source import resources

    return resources(context)


def probe(context: LoadContext) -> list[Verdict]:
    """Whether the key opens the manager account, and which client accounts below it answer."""
    from ingestion.google_ads.source import verdicts

    return verdicts(context)
