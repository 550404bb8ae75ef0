"""What a source declares about itself; tables, windows, schedules and checks derive from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Literal

Cadence = Literal["daily", "weekly", "monthly"]
# dlt's names of types. Wire strings stay text in the raw layer: money and 64-bit counts are never floats on the way in.
ColumnType = Literal["text", "bigint", "double", "bool", "date", "timestamp"]

# What every source may be set: on or off, where the vendor answers, how far back a first load goes, and the limits of
# a load: requests at a time, seconds for a reply, and seconds of waiting that vendors ask for.
COMMON_SETTINGS = (
    "enabled", "base_url", "api_version", "history_days", "parallel_requests", "timeout_seconds", "wait_budget_seconds",
)  # fmt: skip


@dataclass(frozen=True)
class Window:
    """Days to read, both ends inclusive, in the account's own time zone."""

    start: date
    end: date

    def __post_init__(self) -> None:
        if self.start > self.end:
            raise ValueError(f"window starts {self.start} after it ends {self.end}")

    def days(self) -> list[date]:
        """Every day of the window, oldest first."""
        return [self.start + timedelta(days=n) for n in range((self.end - self.start).days + 1)]

    def clamp(self, earliest: date) -> Window | None:
        """The part of the window from `earliest` on; None where nothing is left."""
        return None if self.end < earliest else Window(max(self.start, earliest), self.end)

    def chunks(self, days: int) -> list[Window]:
        """The window in pieces of at most `days` days, oldest first."""
        starts = self.days()[::days]
        return [Window(start, min(start + timedelta(days=days - 1), self.end)) for start in starts]


def months_before(day: date, months: int) -> date:
    """The same day of the month `months` earlier, or that month's last day where there is none."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    last = (date(year + (month == 11), (month + 1) % 12 + 1, 1) - timedelta(days=1)).day
    return date(year, month + 1, min(day.day, last))


@dataclass(frozen=True)
class TableSpec:
    """One raw table.

    `window_column` is the date column by which a load replaces rows; None means that each load replaces
    the whole table (a snapshot). `account_column` narrows either replacement to the accounts that were read,
    so that an account that was skipped keeps its old rows. `measures` are the columns whose totals by account and
    day are compared at every re-read (ops.restatements); `counts` are more of them: name -> SQL condition of the rows
    that count; and so are `amounts`: name -> SQL for what a row adds. A snapshot may have them as well: `dated_by` is
    the date or moment to whose business day a row counts, and `split_by` the column of what is never added up, such as
    currencies, which then stands in the account's place.
    """

    name: str
    primary_key: tuple[str, ...]
    columns: Mapping[str, ColumnType]
    description: str
    window_column: str | None = None
    account_column: str | None = None
    measures: tuple[str, ...] = ()
    counts: Mapping[str, str] = field(default_factory=dict)
    amounts: Mapping[str, str] = field(default_factory=dict)
    dated_by: str = ""
    split_by: str = ""

    def __post_init__(self) -> None:
        unknown = [name for name in self.measures if name not in self.columns]
        if unknown or (self.measured and not (self.window_column or self.dated_by)):
            raise ValueError(
                f"table {self.name}: measures {unknown or self.measures} need columns, and a window_column or dated_by"
            )

    @property
    def measured(self) -> tuple[str, ...]:
        """The names of all totals that are remembered; none of most tables."""
        return (*self.measures, *self.counts, *self.amounts)


@dataclass(frozen=True)
class SourceSpec:
    """One source: what it loads, how far back the vendor restates, and what it needs to run."""

    name: str
    title: str
    tables: tuple[TableSpec, ...]
    cadence: Cadence
    restatement_days: int
    """Days after which a day's numbers no longer change; a KPI over them is provisional until then."""
    max_data_age_hours: int
    """The newest complete day may end at most this long before now."""
    time_zone_rule: str
    history_days: int = 400
    """How far back a first load goes when no window is asked for."""
    weekly_restatement_days: int | None = None
    """The wider window that a weekly refresh re-reads; None means the same as daily."""
    monthly_restatement_days: int | None = None
    """The window that a monthly refresh re-reads; None means the same as weekly."""
    required_settings: tuple[str, ...] = ()
    optional_settings: tuple[str, ...] = ()
    """What may be set besides those and COMMON_SETTINGS; a name that stands nowhere here is refused."""
    required_secrets: tuple[str, ...] = ()
    optional_secrets: tuple[str, ...] = ()
    parallel_requests: int = 1
    """How many requests may be under way at a time: within the vendor's limits, and some are left to other tools."""
    freshness: tuple[str, ...] = ()
    """`table.column`s whose newest date is the source's newest data day; empty: the newest day that was read counts,
    with rows or without, as of an advertiser who pauses."""
    time_zones: str = ""
    """`table.account.zone`: the raw table and its columns that tell the time zone of each account."""
    documentation: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)

    def reread_days(self, cadence: Cadence | None) -> int:
        """How many days before the newest one a refresh of `cadence` reads again; None asks as daily does."""
        weekly = self.weekly_restatement_days or self.restatement_days
        if cadence == "monthly":
            return self.monthly_restatement_days or weekly
        return weekly if cadence == "weekly" else self.restatement_days

    @property
    def settings(self) -> tuple[str, ...]:
        """Every setting that this source may have."""
        return (*COMMON_SETTINGS, *self.required_settings, *self.optional_settings)

    @property
    def secrets(self) -> tuple[str, ...]:
        """Every secret that this source may have."""
        return (*self.required_secrets, *self.optional_secrets)

    def table(self, name: str) -> TableSpec:
        """The table `name`. Raises KeyError."""
        for table in self.tables:
            if table.name == name:
                return table
        raise KeyError(f"{self.name} has no table {name}")
