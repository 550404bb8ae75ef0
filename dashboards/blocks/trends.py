"""How a ratio runs over the chosen days, by channel or campaign, with what was unusual about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from dashboards.blocks.channels import ratio
from dashboards.cubes import CAMPAIGNS, CHANNELS, ship
from dashboards.edition import Edition
from dashboards.section import CubeTable, Section

_ANOMALIES = """
select grain, period_start, segment_value
from published.kpi_anomalies
where kpi = ? and value is not null and segment_dimension in ('', 'channel')
order by period_start
"""


def trend(edition: Edition, options: Mapping[str, Any]) -> Section | None:
    """The course of the first of `kpis`; it must be a ratio of sums that channels have."""
    chosen = options.get("kpis") or ("click_through_rate",)
    kpi = chosen if isinstance(chosen, str) else chosen[0]
    column = ratio(edition, kpi)
    measures = {column.get("num"), column.get("den")}
    if not column or not measures <= set(CHANNELS.measures):
        return None
    by_channel, by_campaign = CHANNELS, CAMPAIGNS
    if options.get("alone"):
        # A page that shows nothing else ships nothing else.
        by_channel, by_campaign = (
            replace(spec, name=f"{kpi}-{spec.name}", measures=(column["num"], column["den"]))
            for spec in (CHANNELS, CAMPAIGNS)
        )
    if not ship(edition, by_channel):
        return None
    has_campaigns = measures <= set(CAMPAIGNS.measures) and ship(edition, by_campaign)
    anomalies = [
        {"grain": row["grain"], "start": row["period_start"].isoformat(), "segment": row["segment_value"]}
        for row in edition.rows(_ANOMALIES, kpi)
    ]
    label = edition.label(kpi)
    more: dict[str, Any] = {"anomalies": anomalies, **({"also": by_campaign.name} if has_campaigns else {})}
    part = CubeTable(f"trend-{kpi.replace('_', '-')}", by_channel.name, label, [column], "trend", more)
    return Section(f"trend-{kpi.replace('_', '-')}", label, [part], width="quarter")
