"""The variables by which the models know the owner's sources, channel rules and session settings."""

from __future__ import annotations

import csv
from typing import Any

from warehouse.errors import ConfigurationError
from warehouse.layout import DBT_PROJECT
from warehouse.settings import Settings


def traffic_vars(settings: Settings) -> dict[str, Any]:
    """Variables of dbt from `[sessions]` and `[channels]`.

    Raises ConfigurationError for a rule that contradicts GA4's own channels or another rule.
    """
    sessions = settings.sessions
    return {
        "session_timeout_minutes": sessions.timeout_minutes,
        "engaged_seconds": sessions.engaged_seconds,
        "session_gap_rate": sessions.tolerated_gap,
        "source_categories": [
            {"source": source, "category": category} for source, category in settings.channels.source_categories.items()
        ],
        "channel_rules": _rules(settings),
    }


def _rules(settings: Settings) -> list[dict[str, Any]]:
    paid = default_channels() if settings.channels.rules else {}
    by_letters = {name.lower(): name for name in paid}
    rules = []
    for index, rule in enumerate(settings.channels.rules):
        where = settings.where("channels", "rules", str(index))
        known = by_letters.setdefault(rule.channel.lower(), rule.channel)
        if known != rule.channel:
            raise ConfigurationError(f"{where}.channel = {rule.channel!r}: is known as {known!r}; write it like that")
        is_paid = paid.setdefault(rule.channel, bool(rule.is_paid))
        if rule.is_paid not in (None, is_paid):
            raise ConfigurationError(
                f"{where}.is_paid = {rule.is_paid}: the channel {rule.channel!r} is {'' if is_paid else 'not '}paid by "
                "GA4's definition or an earlier rule; leave it out, or name another channel"
            )
        rules.append({"channel": rule.channel, "is_paid": is_paid, **rule.conditions()})
    return rules


def default_channels() -> dict[str, bool]:
    """GA4's own channels, and whether each is paid."""
    with (DBT_PROJECT / "seeds" / "default_channels.csv").open(encoding="utf-8", newline="") as file:
        return {row["channel"]: row["is_paid"] == "true" for row in csv.DictReader(file)}
