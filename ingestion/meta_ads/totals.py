"""Levels held against each other: what is missing below the account, or above the ads, is told with its numbers.

Spend and impressions of campaigns and ads against the account's; conversions of the ads against the campaigns', as Meta
has been known to lose purchases at the higher levels.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

from ingestion.meta_ads.reports import Row
from ingestion.spec import Window

# Meta rounds every row to cents.
ROUNDING = Decimal("0.005")
SHOWN_DAYS = 3
_NONE = Decimal(0)

Sums = tuple[Decimal, int, int]


class Totals:
    """Gathers spend, impressions and conversions of one account by level and day, of the days that were read.

    `goals` are the action types that are compared.
    """

    def __init__(self, goals: Sequence[str] = ()) -> None:
        self._goals = goals
        self._actions: dict[str, dict[date, dict[str, Decimal]]] = {}
        self._sums: dict[str, dict[date, Sums]] = {}
        self._currency = ""

    def add(self, level: str, window: Window, rows: Iterable[Row]) -> None:
        """The rows of days that were read to the end."""
        sums = self._sums.setdefault(level, {})
        sums.update(dict.fromkeys(window.days(), (Decimal(0), 0, 0)))
        for row in rows:
            day = date.fromisoformat(row["date_start"])
            spend, impressions, count = sums[day]
            self._currency = row.get("account_currency") or self._currency
            sums[day] = (
                spend + Decimal(row.get("spend") or 0),
                impressions + int(row.get("impressions") or 0),
                count + 1,
            )

    def add_actions(self, level: str, window: Window, received: Iterable[Row]) -> None:
        """Conversions as Meta sent them, in the ad set's own attribution setting."""
        days = self._actions.setdefault(level, {})
        days.update((day, {}) for day in window.days())
        for row in received:
            counts = days[date.fromisoformat(row["date_start"])]
            for action in row.get("actions") or ():
                if action["action_type"] in self._goals:
                    kind = action["action_type"]
                    counts[kind] = counts.get(kind, Decimal(0)) + Decimal(action.get("value") or 0)

    def lost_conversions(self) -> list[str]:
        """A line for each action type of which campaigns and ads do not tell the same number."""
        campaigns, ads = self._actions.get("campaign", {}), self._actions.get("ad", {})
        lines = []
        for kind in self._goals:
            there = {
                day: (campaigns[day].get(kind, _NONE), ads[day].get(kind, _NONE)) for day in campaigns if day in ads
            }
            days = sorted(day for day, (above, below) in there.items() if above != below)
            if days:
                above, below = (sum((there[day][place] for day in days), _NONE) for place in (0, 1))
                shown = ", ".join(f"{day} {there[day][0]} and {there[day][1]}" for day in days[:SHOWN_DAYS])
                more = f" and {len(days) - SHOWN_DAYS} more" if len(days) > SHOWN_DAYS else ""
                lines.append(
                    f"Meta tells of {above} {kind!r} of the campaigns and of {below} of their ads on {len(days)} days "
                    f"({shown}{more}); KPIs rest on the campaigns, raw_meta_ads.ad_actions_daily has the ads'"
                )
        return lines

    def difference(self, whole: str, parts: str) -> str | None:
        """One line about the days on which `parts` do not add up to `whole`; None where they do."""
        wholes, sums = self._sums.get(whole, {}), self._sums.get(parts, {})
        days = sorted(day for day in wholes.keys() & sums.keys() if not _agree(wholes[day], sums[day]))
        if not days:
            return None
        spends = sum((wholes[day][0] for day in days), Decimal(0)), sum((sums[day][0] for day in days), Decimal(0))
        seen = sum(wholes[day][1] for day in days), sum(sums[day][1] for day in days)
        shown = ", ".join(f"{day} {sums[day][0]} of {wholes[day][0]}" for day in days[:SHOWN_DAYS])
        more = f" and {len(days) - SHOWN_DAYS} more" if len(days) > SHOWN_DAYS else ""
        return (
            f"{parts}s add up to {spends[1]} of {spends[0]} {self._currency} and {seen[1]} of {seen[0]} impressions "
            f"of the {whole} on {len(days)} days ({shown}{more}); what was deleted for good, or is hidden from this "
            f"token, counts in the {whole} only"
        )


def _agree(whole: Sums, parts: Sums) -> bool:
    return abs(whole[0] - parts[0]) <= ROUNDING * (whole[2] + parts[2]) and whole[1] == parts[1]
