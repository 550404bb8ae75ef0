"""Who gets the credit: every attribution model, and what the platforms claim, side by side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dashboards.edition import Edition
from dashboards.figures import plain, series
from dashboards.section import Chart, Section, Table

DAYS = 90
MODELS = {
    "first": "First touch",
    "last": "Last touch",
    "last_non_direct": "Last non-direct",
    "linear": "Linear",
    "position_based": "Position based",
    "time_decay": "Time decay",
    "markov": "Markov",
    "shapley": "Shapley",
}
_SYMBOLS = ("triangle-left", "triangle-right", "triangle-up", "circle", "square", "diamond", "star", "hexagon")
_CREDITS = f"""
select channel, model, cast(sum(credited_value) as double) as revenue
from published.fct_attribution
where date_day > cast(? as date) - {DAYS} and date_day <= ?
  and conversion_type in ('first_purchase', 'repeat_purchase')
group by all
"""
_CLAIMS = f"""
select channel, cast(sum(platform_conversion_value_amount) as double) as claimed
from published.fct_ad_spend
where date_day > cast(? as date) - {DAYS} and date_day <= ?
group by channel having claimed > 0
"""


def models(edition: Edition, options: Mapping[str, Any]) -> Section | None:
    """Revenue of the last 90 days by channel as each model credits it, beside what platforms claim."""
    words, through = edition.words, edition.through
    credited = edition.rows(_CREDITS, through, through)
    if not credited:
        return None
    revenue = {(row["model"], row["channel"]): row["revenue"] for row in credited}
    claims = {row["channel"]: row["claimed"] for row in edition.rows(_CLAIMS, through, through)}
    known = [model for model in MODELS if any(row["model"] == model for row in credited)]
    own = edition.contents.business["attribution_model"]
    totals = {
        channel: sum(revenue.get((model, channel), 0.0) for model in known)
        for channel in {row["channel"] for row in credited} | set(claims)
    }
    channels = sorted(
        totals, key=lambda channel: (channel in ("(unattributed)", "Unassigned"), -totals[channel], channel)
    )
    title = words.text("Who gets the credit: attribution models side by side")
    summary = words.text(
        "Revenue of the last {days} days by channel, as each model credits it; every model adds up to the same total. "
        "Where the marks lie together, the choice of a model does not matter.",
        days=DAYS,
    )
    labels = [plain(channel) for channel in channels]
    hover = f"%{{fullData.name}}: %{{x:,.0f}} {words.currency}<extra></extra>"
    marks = [
        {
            "type": "scatter",
            "mode": "markers",
            "name": words.text(MODELS[model]) + (" ★" if model == own else ""),
            "x": [revenue.get((model, channel), 0.0) for channel in channels],
            "y": labels,
            "marker": {"size": 13 if model == own else 9, "color": series(number), "symbol": _SYMBOLS[number - 1]},
            "hovertemplate": hover,
        }
        for number, model in enumerate(known, start=1)
    ]
    spans = {
        "type": "bar",
        "orientation": "h",
        "y": labels,
        "base": [min(revenue.get((model, channel), 0.0) for model in known) for channel in channels],
        "x": [
            max(revenue.get((model, channel), 0.0) for model in known)
            - min(revenue.get((model, channel), 0.0) for model in known)
            for channel in channels
        ],
        "width": 0.12,
        "marker": {"color": "var(--line)"},
        "showlegend": False,
        "hoverinfo": "skip",
    }
    claimed = {
        "type": "scatter",
        "mode": "markers",
        "name": words.text("Claimed by the platforms"),
        "x": [claims[channel] for channel in channels if channel in claims],
        "y": [plain(channel) for channel in channels if channel in claims],
        "marker": {"symbol": "x-thin", "size": 12, "line": {"width": 3, "color": "var(--bad)"}},
        "hovertemplate": hover,
    }
    figure = {
        "data": [spans, *marks, *([claimed] if claims else [])],
        "layout": {
            "xaxis": {"tickformat": "~s", "rangemode": "tozero", "title": {"text": words.currency}},
            "yaxis": {"autorange": "reversed", "type": "category"},
            "hovermode": "closest",
        },
    }
    table = Table(
        (
            words.text("Channel"),
            *(words.text(MODELS[model]) for model in known),
            words.text("Claimed by the platforms"),
        ),
        [
            (
                channel,
                *(words.money(revenue.get((model, channel), 0.0)) for model in known),
                words.money(claims[channel]) if channel in claims else "–",
            )
            for channel in channels
        ],
        [
            (
                words.text("All channels"),
                *(words.money(sum(revenue.get((model, channel), 0.0) for channel in channels)) for model in known),
                words.money(sum(claims.values())) if claims else "–",
            )
        ],
    )
    note = words.text(
        "★ the model that the KPIs credit by. Platforms each claim every sale they touched; "
        "money is counted once, by the CRM."
    )
    chart = Chart("attribution", f"{title}. {summary}", figure, table, 130 + 36 * len(channels))
    return Section("attribution", title, [chart], summary, note, width="full")
