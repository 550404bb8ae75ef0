"""A source of two tables whose rows a test writes down: accounts a day, and a snapshot."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import dlt

from ingestion import pipeline
from ingestion.catalog import Source
from ingestion.context import LoadContext
from ingestion.spec import SourceSpec, TableSpec, Window
from warehouse.settings import Settings, SourceSettings

AS_OF = datetime(2026, 1, 10, 8, tzinfo=UTC)
SPEC = SourceSpec(
    name="fake",
    title="Fake",
    cadence="daily",
    restatement_days=3,
    max_data_age_hours=36,
    time_zone_rule="UTC",
    freshness=("daily.date",),
    tables=(
        TableSpec(
            "daily",
            ("account_id", "date"),
            {"account_id": "text", "date": "date", "spend": "text", "seen_at": "timestamp", "share": "double"},
            "Spend a day.",
            window_column="date",
            account_column="account_id",
            measures=("spend",),
            counts={"shared": "share is not null"},
        ),
        TableSpec("names", ("name",), {"name": "text", "size": "bigint", "is_open": "bool"}, "Names."),
    ),
)


@dataclass
class FakeVendor:
    """What the vendor would answer now: spend by account and day, and names."""

    spend: dict[tuple[str, date], str] = field(default_factory=dict)
    names: list[Any] = field(default_factory=list)
    accounts: tuple[str, ...] = ("a", "b")
    disabled: set[str] = field(default_factory=set)
    as_of: datetime = AS_OF
    wrong: Callable[[LoadContext], list[Any]] | None = None

    def source(self) -> Source:
        return Source(SPEC, self.build, lambda context: [])

    def build(self, context: LoadContext) -> list[Any]:
        return [dlt.resource(self._daily(context), name="daily"), dlt.resource(self._names(), name="names")]

    def _daily(self, context: LoadContext) -> Iterator[Any]:
        assert context.window is not None
        for account in self.accounts:
            days = [day for day in context.window.days() if (account, day) in self.spend]
            yield [{"account_id": account, "date": day.isoformat(), "spend": self.spend[account, day]} for day in days]
            if account in self.disabled:
                context.skip(account, "the account is closed")
            else:
                context.covered("daily", account, context.window)
        if self.wrong is not None:
            yield from self.wrong(context)

    def _names(self) -> Iterator[Any]:
        yield self.names

    def load(self, home: Path, start: date, end: date, **more: Any) -> pipeline.LoadReport:
        settings = Settings(home=home, sources={"fake": SourceSettings(enabled=True)})
        return pipeline.load(
            self.source(), Window(start, end), settings=settings, as_of=self.as_of, run_id="run-1", **more
        )
