"""How a ratio runs over the chosen days, by channel or campaign, with what was unusual about it."""

from __future__ import annotations

from collections.abc import Mapping
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
    if not column or not measures <= set(CHANNELS.measures) or not ship(edition, CHANNELS):
        return None
    has_campaigns = measures <= set(CAMPAIGNS.measures) and ship(edition, CAMPAIGNS)
    anomalies = [
        {"grain": row["grain"], "start": row["period_start"].isoformat(), "segment": row["segment_value"]}
        for row in edition.rows(_ANOMALIES, kpi)
    ]
    label = edition.label(kpi)
    more: dict[str, Any] = {"anomalies": anomalies, **({"also": CAMPAIGNS.name} if has_campaigns else {})}
    part = CubeTable(f"trend-{kpi.replace('_', '-')}", CHANNELS.name, label, [column], "trend", more)
    return Section(
        f"trend-{kpi.replace('_', '-')}", options.get("title") or label, [part], width=options.get("width", "quarter")
    )
