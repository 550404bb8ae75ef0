"""What a page can be made of: a block a section, by the name that a page's YAML file calls it by."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from dashboards.blocks import cards, cohorts, definitions, lifetime, money, month, moved
from dashboards.edition import Edition
from dashboards.section import Section

Options = Mapping[str, Any]
Block = Callable[[Edition, Options], Section | None]

BLOCKS: dict[str, Block] = {
    "advice": moved.advice,
    "cards": cards.focus,
    "cohorts": cohorts.retention,
    "definitions": definitions.definitions,
    "goals": month.goals,
    "lifetime": lifetime.lifetime,
    "moved": moved.moved,
    "month": month.so_far,
    "payback": lifetime.payback,
    "revenue": money.revenue,
    "scorecard": cards.scorecard,
    "spend": money.spend,
}
"""Each returns None where the publication has nothing to show."""
