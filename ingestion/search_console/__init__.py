"""Google Search Console: how often the site was shown and clicked in Google's results, and how often by its name."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ingestion.context import LoadContext, Verdict
from ingestion.spec import ColumnType, SourceSpec, TableSpec

_NUMBERS: dict[str, ColumnType] = {
    "clicks": "double",
    "impressions": "double",
    "ctr": "double",
    "position": "double",
}

SPEC = SourceSpec(
    name="search_console",
    title="Google Search Console",
    cadence="daily",
    restatement_days=4,
    max_data_age_hours=120,
    time_zone_rule="America/Los_Angeles",
    history_days=480,
    required_settings=("site_url",),
    optional_settings=("brand_pattern",),
    required_secrets=("credentials",),
    # A site takes 1,200 a minute, and less of those that bring much: with more at a time its load quota wears out.
    parallel_requests=4,
    freshness=("totals_daily.date",),
    tables=(
        TableSpec(
            name="totals_daily",
            description="Clicks, impressions and average position a day, of all web searches.",
            primary_key=("site_url", "date"),
            window_column="date",
            account_column="site_url",
            measures=("clicks", "impressions"),
            columns={"site_url": "text", "date": "date", **_NUMBERS},
        ),
        TableSpec(
            name="brand_queries_daily",
            description="The same by query, of those that match the brand's pattern and are not kept secret.",
            primary_key=("site_url", "date", "query"),
            window_column="date",
            account_column="site_url",
            measures=("clicks", "impressions"),
            columns={"site_url": "text", "date": "date", "query": "text", "brand_pattern": "text", **_NUMBERS},
        ),
    ),
)


def build(context: LoadContext) -> Iterable[Any]:
    """One dlt resource a table of SPEC, without the brand's where no pattern is set. Raises ConfigurationError."""
    from ingestion.search_console.source import resources  # dlt is slow to import

    return resources(context)


def probe(context: LoadContext) -> list[Verdict]:
    """Whether the service account reads the site, and Google takes the brand's pattern."""
    from ingestion.search_console.source import verdicts

    return verdicts(context)
