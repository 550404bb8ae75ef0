"""Every attribution model against the channel effects that the sandbox planted.

`kpi sandbox demo`, then `python -m benchmarks.attribution`: writes the tables of docs/attribution.md from the demo's
warehouse.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import accumulate, combinations
from pathlib import Path
from random import Random

import duckdb

from ingestion.sandbox.world_catalog import COUNTRIES, TOUCHES, touch_weights
from ingestion.sandbox.world_people import COMES_AGAIN, RETURNS, lead_chance
from warehouse.attribution import MODELS
from warehouse.layout import PROJECT_ROOT
from warehouse.settings import load_settings

PAGE = PROJECT_ROOT / "docs" / "attribution.md"
BEGINS = "<!-- written by python -m benchmarks.attribution: begins -->"
ENDS = "<!-- ends -->"
PEOPLE = 300_000
TITLES = {
    "lead": "Paths that end with the lead",
    "qualified_lead": "Paths that end with the qualified lead",
    "first_purchase": "Paths that end with the first purchase",
    "repeat_purchase": "Paths that end with a repeat purchase",
}


def planted() -> tuple[dict[str, float], dict[str, float]]:
    """Shares of leads by the planted chances: Shapley values of channels, and what is lost without each.

    People are drawn as the world draws them, but go on after they would have become a lead: whether they come again
    does not depend on the channel. A coalition of channels leaves of their visits its own.
    """
    chance = Random(20261123)
    countries, weights = list(COUNTRIES), list(accumulate(COUNTRIES.values()))
    drawn = {country: tuple(list(accumulate(row)) for row in touch_weights(country)) for country in countries}
    shapley: dict[str, float] = {}
    lost: dict[str, float] = {}
    for _ in range(PEOPLE):
        first, again, _known = drawn[chance.choices(countries, cum_weights=weights)[0]]
        touches = chance.choices(range(len(TOUCHES)), cum_weights=first)
        while len(touches) <= 12 and chance.random() < (RETURNS if len(touches) == 1 else COMES_AGAIN):
            touches += chance.choices(range(len(TOUCHES)), cum_weights=again)
        channels = sorted({TOUCHES[touch].channel for touch in touches})
        worth = {
            frozenset(some): _chance([touch for touch in touches if TOUCHES[touch].channel in some])
            for size in range(len(channels) + 1)
            for some in combinations(channels, size)
        }
        whole = frozenset(channels)
        for channel in channels:
            lost[channel] = lost.get(channel, 0) + worth[whole] - worth[whole - {channel}]
            for some, value in worth.items():
                if channel in some:
                    orders = math.factorial(len(some) - 1) * math.factorial(len(channels) - len(some))
                    part = orders / math.factorial(len(channels)) * (value - worth[some - {channel}])
                    shapley[channel] = shapley.get(channel, 0) + part
    return _shares(shapley), _shares(lost)


def _chance(touches: list[int]) -> float:
    stays = 1.0
    for place, touch in enumerate(touches):
        stays *= 1 - lead_chance(touches[:place], touch)
    return 1 - stays


def _shares(numbers: dict[str, float]) -> dict[str, float]:
    return {name: number / sum(numbers.values()) for name, number in numbers.items()}


def measured(warehouse: Path, conversion_type: str) -> tuple[dict[str, dict[str, float]], float]:
    """Each model's credited shares by channel, and how many conversions had a touch."""
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        rows = connection.execute(
            "select model, channel, credited_conversions from marts.attribution_channels"
            " where conversion_type = ? and channel != '(unattributed)'",
            [conversion_type],
        ).fetchall()
    found: dict[str, dict[str, float]] = {}
    for model, channel, conversions in rows:
        found.setdefault(model, {})[channel] = conversions
    return {model: _shares(found[model]) for model in MODELS}, sum(found["linear"].values())


def distance(one: dict[str, float], other: dict[str, float]) -> float:
    """The share of all credit that stands at the wrong channel."""
    return sum(abs(one.get(name, 0) - other.get(name, 0)) for name in {*one, *other}) / 2


def noise(truth: dict[str, float], conversions: float) -> float:
    """The distance to expect of a model that is right, from chance alone: each share is one of that many draws."""
    return sum(math.sqrt(2 * share * (1 - share) / (math.pi * conversions)) for share in truth.values()) / 2


def tables(warehouse: Path) -> str:
    """The tables as Markdown: shares in percent, a row a channel and a column a model, and each model's error."""
    shapley, lost = planted()
    lines: list[str] = []
    for kind, title in TITLES.items():
        models, conversions = measured(warehouse, kind)
        columns = {"planted": shapley, "planted, removal": lost, **models}
        chance = 100 * noise(shapley, conversions)
        lines += [f"**{title}** ({conversions:,.0f} with a visit; chance alone makes an error of {chance:.1f}):", ""]
        lines += ["| channel | " + " | ".join(columns) + " |", "|---|" + "---:|" * len(columns)]
        for channel in sorted(shapley, key=lambda name: -shapley[name]):
            lines.append(_line(channel, {name: one.get(channel, 0) for name, one in columns.items()}))
        for name, truth in (("planted", shapley), ("planted, removal", lost)):
            errors = {column: distance(one, truth) for column, one in columns.items()}
            lines.append(_line(f"**error against {name}**", errors))
        lines.append("")
    return "\n".join(lines)


def _line(title: str, shares: Mapping[str, float]) -> str:
    return f"| {title} | " + " | ".join(f"{100 * share:.1f}" for share in shares.values()) + " |"


def written(page: str, text: str) -> str:
    """The page with the tables in their place."""
    before, rest = page.split(BEGINS)
    return f"{before}{BEGINS}\n\n{text}\n{ENDS}{rest.split(ENDS, maxsplit=1)[1]}"


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8"), tables(load_settings().warehouse)), encoding="utf-8")
