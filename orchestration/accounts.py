"""What the last publication says of the accounts: where they close their days, and how far back they reach."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from zoneinfo import ZoneInfo

from orchestration.cadence import EARLIEST_HOUR, start_hour
from warehouse.connection import publication_reader
from warehouse.errors import ConfigurationError
from warehouse.layout import PUBLISHED
from warehouse.settings import Settings


@dataclass(frozen=True)
class Accounts:
    """The ad accounts of a business, which bill by days of their own; nothing before the first publication.

    Other sources leave a day that is not over in their zone to the next run, too.
    """

    zones: dict[str, str] = field(default_factory=dict)
    """The time zone of each, by platform and account."""
    first_day: date | None = None
    """The oldest day that is known of any."""

    @classmethod
    def read(cls, settings: Settings) -> Accounts:
        """Those of the publication, which can be read while a refresh holds the warehouse."""
        try:
            with publication_reader(settings.publication) as publication:
                rows = publication.execute(
                    "select platform || ' ' || account_id as account, account_time_zone, min(date_day) "
                    f"from {PUBLISHED}.fct_ad_spend where account_time_zone is not null group by all order by all"
                ).fetchall()
        except ConfigurationError:
            return cls()
        return cls({account: zone for account, zone, _ in rows}, min((day for *_, day in rows), default=None))

    def first_hour(self, business: ZoneInfo, year: int) -> tuple[int, str]:
        """The hour at which the daily run starts, in the business's time zone, and why it is that one."""
        hour = start_hour(self.zones.values(), business, year)
        if hour == EARLIEST_HOUR:
            return hour, "yesterday is over in every account by then"
        account, zone = max(self.zones.items(), key=lambda item: start_hour([item[1]], business, year))
        return hour, f"yesterday is over by then in {account} too, which is in {zone}"
