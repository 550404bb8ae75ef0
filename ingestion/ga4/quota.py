"""The token budget of a property, watched so that a load ends before it is used up, and when it begins again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

HOUR = 3600.0
RESERVE = 0.1
"""The share of each quota that is left to the other tools on the property."""

_PACIFIC = ZoneInfo("America/Los_Angeles")
# Sizes on a standard property and on one of Analytics 360; the reply tells only what remains.
_SIZES = {
    "tokensPerDay": (200_000, 2_000_000),
    "tokensPerHour": (40_000, 400_000),
    "tokensPerProjectPerHour": (14_000, 140_000),
    "serverErrorsPerProjectPerHour": (10, 50),
    "potentiallyThresholdedRequestsPerHour": (120, 120),
}


class Budget:
    """What remains of a property's quotas by its newest reply.

    A property is taken for a standard one until a reply shows more left than a standard one ever has.
    """

    def __init__(self) -> None:
        self._is_360 = False
        self.low: str | None = None
        """Which quota is down to its reserve, and when it begins again; None while all have more."""

    def read(self, quota: Mapping[str, Any], now: datetime | None = None) -> None:
        """Take over the `propertyQuota` of a reply."""
        left = {name: int(quota[name].get("remaining", 0)) for name in _SIZES if quota.get(name)}
        self._is_360 |= any(left.get(name, 0) > size for name, (size, _) in _SIZES.items())
        low = None
        for name, remaining in left.items():
            size = _SIZES[name][self._is_360]
            if remaining <= size * RESERVE:
                again = begins_again(name, now or datetime.now(UTC))
                low = f"only {remaining} of {size} {name} are left; go on after {again:%Y-%m-%d %H:%M} UTC"
                break
        self.low = low


def begins_again(bucket: str, now: datetime) -> datetime:
    """When a quota is full again: a day's at midnight Pacific time, an hour's within the hour."""
    if bucket != "tokensPerDay":
        return now + timedelta(hours=1)
    tomorrow = now.astimezone(_PACIFIC).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time.min, _PACIFIC).astimezone(UTC)


def seconds_to_midnight(now: datetime | None = None) -> float:
    """Seconds until the day of the quotas is over, in Pacific time."""
    now = now or datetime.now(UTC)
    return (begins_again("tokensPerDay", now) - now).total_seconds()
