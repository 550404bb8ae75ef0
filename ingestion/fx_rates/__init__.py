"""ECB euro reference rates: 1 EUR = rate units of the currency, on TARGET days."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ingestion.context import LoadContext, Verdict
from ingestion.spec import SourceSpec, TableSpec

SPEC = SourceSpec(
    name="fx_rates",
    title="ECB exchange rates",
    cadence="daily",
    restatement_days=0,
    # Friday's rate is the newest until Monday 16:00 CET, and Easter closes four days.
    max_data_age_hours=144,
    time_zone_rule="Europe/Berlin",
    # Ten years: any deal or cost that stands in a CRM or a spreadsheet finds its rate without anybody widening this.
    history_days=3653,
    optional_settings=("currencies", "file"),
    freshness=("ecb_rates.date",),
    tables=(
        TableSpec(
            name="ecb_rates",
            description="Euro reference rates as published; days without a rate carry the last one before, in staging.",
            primary_key=("date", "currency_code"),
            window_column="date",
            columns={"date": "date", "currency_code": "text", "rate": "text"},
        ),
    ),
)


def build(context: LoadContext) -> Iterable[Any]:
    """One dlt resource a table. Raises ConfigurationError for what a person has to mend."""
    from ingestion.fx_rates.source import resources

    return resources(context)


def probe(context: LoadContext) -> list[Verdict]:
    """Whether the rates can be had."""
    from ingestion.fx_rates.source import verdicts

    return verdicts(context)
