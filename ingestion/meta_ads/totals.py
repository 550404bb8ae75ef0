"""Account totals held against the sum of the ads: what is missing below is told with its numbers."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from ingestion.meta_ads.reports import Row
from ingestion.spec import Window

# Meta rounds every row to cents.
ROUNDING = Decimal("0.005")
SHOWN_DAYS = 3

Sums = tuple[Decimal, int, int]


class Totals:
    """Gathers spend and impressions of one account by level and day, of the days that were read at each level."""

    def __init__(self) -> None:
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
