"""Which share of the searches that a campaign could have shown for it did show for, as Google Ads tells it.

Planted by a hash of campaign and day, so that no random stream of the business is drawn from.
"""

from __future__ import annotations

from datetime import date
from hashlib import sha256

LOWEST, HIGHEST = 0.1, 0.9
# What the vendor writes for everything below and above: "< 10 %" and "> 90 %".
BELOW, ABOVE = 0.0999, 0.9001


def planted_share(campaign_id: str, day: date) -> float:
    """Between 0.06 and 0.95: mostly in the middle, seldom beyond what the vendor tells."""
    digest = sha256(f"search impression share {campaign_id} {day}".encode()).digest()
    draws = [int.from_bytes(digest[at : at + 4], "big") / 2**32 for at in (0, 4)]
    return 0.06 + 0.89 * sum(draws) / 2


def reported_share(impressions: int, eligible: float) -> float | None:
    """As the vendor rounds it: 4 decimals, and the ends cut off; None where nothing could have been shown."""
    if not impressions or not eligible:
        return None
    share = impressions / eligible
    if share < LOWEST:
        return BELOW
    return ABOVE if share > HIGHEST else round(share, 4)
