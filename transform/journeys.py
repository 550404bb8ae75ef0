"""The variables by which the models know what ends a path and which touches stand on it."""

from __future__ import annotations

import hashlib
from difflib import get_close_matches
from typing import Any

import orjson

from transform.channels import default_channels
from warehouse.errors import ConfigurationError
from warehouse.journeys import PURCHASES
from warehouse.settings import Settings


def journey_vars(settings: Settings) -> dict[str, Any]:
    """Variables of dbt from `[journeys]`. Raises ConfigurationError for a misspelt channel."""
    journeys = settings.journeys
    for field in ("excluded_channels", "removed_channels"):
        for channel in getattr(journeys, field):
            _known_channel(settings, field, channel)
    days = journeys.days(settings.business.attribution_lookback_days)
    variables = {
        "journey_conversion_types": [name for name in journeys.conversion_types if name not in PURCHASES],
        "journey_key_events": list(journeys.key_events),
        "journey_form_events": list(journeys.form_events),
        "journey_qualified_stage": journeys.qualified_stage,
        "journey_lookback_days": [{"conversion_type": name, "days": number} for name, number in days.items()],
        "journey_credited_touchpoints": list(journeys.touchpoint_types),
        "journey_engaged_only": journeys.engaged_only,
        "journey_minimum_seconds": journeys.minimum_seconds,
        "journey_excluded_channels": list(journeys.excluded_channels),
        "journey_path_transforms": list(journeys.path_transforms),
        "journey_removed_channels": list(journeys.removed_channels),
        "journey_settings": journeys.on_paths(),
    }
    digest = hashlib.sha256(orjson.dumps(variables, option=orjson.OPT_SORT_KEYS)).hexdigest()
    return variables | {"journey_settings_hash": digest[:12]}


def _known_channel(settings: Settings, field: str, channel: str) -> None:
    """Campaigns and cost files bring channels that nobody knows beforehand: only what is nearly one is a mistake."""
    known = {*default_channels(), *(rule.channel for rule in settings.channels.rules)}
    if channel in known:
        return
    by_letters = {name.lower(): name for name in known}
    if near := get_close_matches(channel.lower(), by_letters, n=1, cutoff=0.8):
        raise ConfigurationError(
            f"{settings.where('journeys', field)} = {channel!r}: is no channel; did you mean {by_letters[near[0]]!r}?"
        )
