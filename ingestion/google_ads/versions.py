"""How long each version of the API answers: a version lives about 13 months, and a new one comes every three."""

from __future__ import annotations

import re
from datetime import date

from warehouse.errors import ConfigurationError

SUNSETS = {
    "v23": date(2027, 2, 28),
    "v24": date(2027, 5, 31),
    "v25": date(2027, 8, 31),
    "v26": date(2027, 11, 30),
}
"""The last day on which a version is expected to answer; Google confirms the exact day some months ahead."""
WARNING_DAYS = 60
_PAGE = "https://developers.google.com/google-ads/api/docs/sunset-dates"


def warning(version: str, today: date) -> str | None:
    """What to tell about `version` on `today`; None where it has more than 60 days to live or is newer than this list.

    Raises ConfigurationError for a text that is no version.
    """
    if not re.fullmatch(r"v[1-9]\d*", version):
        raise ConfigurationError(
            f"config/local.toml: sources.google_ads.api_version = {version!r}: is no version of the API; write such as "
            f"{newest()!r}"
        )
    sunset = SUNSETS.get(version)
    if sunset is None:
        is_newer = int(version[1:]) > int(newest()[1:])
        return None if is_newer else f"API {version} is older than all that answer; {_mend()}"
    days = (sunset - today).days
    if days < 0:
        return f"API {version} was expected to end on {sunset}; {_mend()}"
    return f"API {version} is expected to end on {sunset}, in {days} days; {_mend()}" if days <= WARNING_DAYS else None


def newest() -> str:
    """The newest version of the list."""
    return max(SUNSETS, key=lambda version: SUNSETS[version])


def _mend() -> str:
    return f"raise sources.google_ads.api_version to {newest()} or newer ({_PAGE})"
