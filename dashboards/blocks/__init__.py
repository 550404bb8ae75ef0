"""What a page can be made of: a block a section, by the name that a page's YAML file calls it by."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from dashboards.blocks import (
    anomalies,
    attribution,
    budget,
    campaigns,
    cards,
    channels,
    cohorts,
    definitions,
    funnel,
    hygiene,
    kpi_history,
    kpi_parts,
    lifetime,
    money,
    month,
    moved,
    reconciliation,
    targets,
    trends,
)
from dashboards.edition import Edition
from dashboards.section import Section

Options = Mapping[str, Any]
Block = Callable[[Edition, Options], Section | None]

BLOCKS: dict[str, Block] = {
    "ads": campaigns.ads,
    "advice": moved.advice,
    "anomalies": anomalies.log,
    "attribution": attribution.models,
    "budget": budget.pacing,
    "campaigns": campaigns.campaign_table,
    "cards": cards.focus,
    "channels": channels.channel_table,
    "cohorts": cohorts.retention,
    "countries": channels.country_table,
    "definitions": definitions.definitions,
    "funnel": funnel.funnel,
    "gaps": reconciliation.gaps,
    "goals": month.goals,
    "history": kpi_history.history,
    "hygiene": hygiene.hygiene,
    "landing_pages": campaigns.landing_pages,
    "lead_quality": campaigns.lead_quality,
    "lifetime": lifetime.lifetime,
    "meaning": kpi_parts.meaning,
    "month": month.so_far,
    "moved": moved.moved,
    "now": kpi_parts.one_card,
    "parts": kpi_parts.parts,
    "payback": lifetime.payback,
    "restated": kpi_history.restated,
    "reconciliation": reconciliation.side_by_side,
    "revenue": money.revenue,
    "scorecard": cards.scorecard,
    "spend": money.spend,
    "targets": targets.matrix,
    "trend": trends.trend,
    "untagged": hygiene.untagged,
    "why": kpi_parts.why,
}
"""Each returns None where the publication has nothing to show."""
