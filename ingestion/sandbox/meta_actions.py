"""Meta's action arrays: the same conversions under several names, by attribution window."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

CLICK_WINDOWS = {"1d_click": 1, "7d_click": 7, "28d_click": 28}
# The same conversions in Meta's roll-ups: they overlap, so that adding them up counts people twice.
ACTION_TYPES = {
    "lead": ("lead", "offsite_conversion.fb_pixel_lead"),
    "purchase": ("purchase", "omni_purchase", "offsite_conversion.fb_pixel_purchase"),
}
ENGAGEMENTS = ("link_click", "page_engagement", "post_engagement")
ACTION_FIELDS = frozenset({"actions", "action_values", "cost_per_action_type", "purchase_roas"})


@dataclass
class Tally:
    """Conversions of one action: by window, and as the attribution setting counts them."""

    counts: dict[str, int] = field(default_factory=dict)
    values: dict[str, Decimal] = field(default_factory=dict)

    def add(self, windows: Iterable[str], value: Decimal) -> None:
        for window in windows:
            self.counts[window] = self.counts.get(window, 0) + 1
            self.values[window] = self.values.get(window, Decimal(0)) + value


def click_windows(lag: int) -> list[str]:
    """The windows that a conversion `lag` days after its click counts in; `value` is the attribution setting."""
    windows = [name for name, days in CLICK_WINDOWS.items() if lag <= days]
    return [*windows, "value"] if "7d_click" in windows else windows


def action_arrays(
    tallies: Mapping[str, Tally], link_clicks: int, windows: tuple[str, ...], spend: Decimal
) -> dict[str, Any]:
    """The action arrays; absent where nothing happened."""
    counts = list(_engagements(link_clicks, windows))
    amounts: list[dict[str, str]] = []
    for action, types in ACTION_TYPES.items():
        tally = tallies.get(action, Tally())
        for kind in types:
            counts += _entry(kind, {name: str(count) for name, count in tally.counts.items()}, windows)
            paid = {name: _plain(value) for name, value in tally.values.items() if value}
            amounts += _entry(kind, paid, windows)
    arrays: dict[str, Any] = {"actions": counts or None, "action_values": amounts or None}
    for entry in amounts:
        if entry["action_type"] == "omni_purchase" and entry["value"] != "0" and spend:
            ratio = Decimal(entry["value"]) / spend
            arrays["purchase_roas"] = [{"action_type": "omni_purchase", "value": f"{ratio:.6f}"}]
    costs = [
        {
            name: told if name == "action_type" else f"{spend / int(told):.6f}"
            for name, told in entry.items()
            if told != "0"
        }
        for entry in counts
        if entry["value"] != "0"
    ]
    return arrays | {"cost_per_action_type": costs or None}


def _engagements(clicks: int, windows: tuple[str, ...]) -> Iterator[dict[str, str]]:
    if clicks:
        found = dict.fromkeys(("value", *CLICK_WINDOWS), str(clicks))
        for kind in ENGAGEMENTS:
            yield from _entry(kind, found, windows)


def _entry(kind: str, found: dict[str, str], windows: tuple[str, ...]) -> list[dict[str, str]]:
    """One entry: `value` always, a window's key only where it was asked for and something happened in it."""
    named = {name: found[name] for name in windows if name in found}
    if not named and "value" not in found:
        return []
    return [{"action_type": kind, "value": found.get("value", "0"), **named}]


def _plain(value: Decimal) -> str:
    """A number as Meta writes it: without trailing zeros."""
    return format(value.normalize(), "f")
