"""Revenue and spend by week, beside the range that their own past lets expect."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np

from dashboards.edition import Edition
from dashboards.figures import band, dates, line, points
from dashboards.section import Chart, Section, Table
from transform.kpi.anomalies import judge

_SHOWN = 26
# One false alarm a year for each of the two lines, as for a KPI (config/kpi.toml, anomalies).
_CHANCE = 1 / 52
_WEEKS = """
select period_start, period_end, numerator as value, is_final
from published.kpi_values
where kpi = ? and grain = 'week' and segment_dimension = '' and is_complete and period_end <= ?
order by period_start
"""


def revenue(edition: Edition, options: Mapping[str, Any]) -> Section | None:
    """Won revenue by week."""
    return _by_week(edition, "revenue", edition.words.text("Revenue by week"), 3, options)


def spend(edition: Edition, options: Mapping[str, Any]) -> Section | None:
    """Ad spend by week."""
    return _by_week(edition, "spend", edition.words.text("Ad spend by week"), 1, options)


def expected(values: Sequence[float | None], starts: Sequence[date]) -> list[tuple[float, float, float] | None]:
    """The range that the weeks before let expect of each: expected, low, high; None while too little is known."""
    if not values:
        return []
    known = np.array([[np.nan if value is None else value for value in values]], dtype=np.float64)
    told = judge(known, np.full_like(known, np.nan), starts, grain="week", measure="amount", chance=np.array([_CHANCE]))
    return [
        (float(middle), float(low), float(high)) if np.isfinite([middle, low, high]).all() else None
        for middle, low, high in zip(told.expected[0], told.low[0], told.high[0], strict=True)
    ]


def _by_week(edition: Edition, metric: str, title: str, colour: int, options: Mapping[str, Any]) -> Section | None:
    words = edition.words
    rows = edition.rows(_WEEKS, metric, edition.through)
    if len(rows) < 2:
        return None
    by_week = {row["period_start"]: row for row in rows}
    starts = [
        rows[0]["period_start"] + timedelta(weeks=n)
        for n in range((rows[-1]["period_start"] - rows[0]["period_start"]).days // 7 + 1)
    ]
    values = [by_week[start]["value"] if start in by_week else None for start in starts]
    ranges = expected(values, starts)[-_SHOWN:]
    starts, values = starts[-_SHOWN:], values[-_SHOWN:]
    odd = [
        n
        for n, (value, span) in enumerate(zip(values, ranges, strict=True))
        if value is not None and span and not span[1] <= value <= span[2]
    ]
    days = [start.isoformat() for start in starts]
    low, high = ([span[side] if span else None for span in ranges] for side in (1, 2))
    figure = {
        "data": [
            *band(words.text("Expected range"), days, low, high, colour),
            line(title, days, values, colour, mode="lines+markers", marker={"size": 5}, hovertemplate="%{y:,.0f}"),
            points(words.text("Unusual"), [days[n] for n in odd], [values[n] for n in odd], hoverinfo="skip"),
        ],
        "layout": {
            "xaxis": dates(),
            "yaxis": {"tickformat": "~s", "rangemode": "tozero", "title": {"text": words.currency}},
            "hovermode": "x unified",
        },
    }
    table = Table(
        (words.text("Week from"), title, words.text("Expected"), words.text("Judgement")),
        [
            (
                words.day(start),
                words.money(value),
                f"{words.money(span[1])} – {words.money(span[2])}" if span else "",
                words.text("unusual") if n in odd else "",
            )
            for n, (start, value, span) in enumerate(zip(starts, values, ranges, strict=True))
        ],
    )
    summary = _in_words(edition, values[-1], ranges[-1], by_week[starts[-1]]["is_final"])
    return Section(
        metric,
        title,
        [Chart(metric, f"{title}. {summary}", figure, table)],
        summary,
        width="half",
    )


def _in_words(edition: Edition, value: float | None, span: tuple[float, float, float] | None, is_final: bool) -> str:
    words = edition.words
    text = words.text("Last complete week: {value}", value=words.money(value))
    if value is not None and span:
        place = "above" if value > span[2] else "below" if value < span[1] else "within"
        said = {
            "above": "above the {low} to {high} that the weeks before let expect",
            "below": "below the {low} to {high} that the weeks before let expect",
            "within": "within the {low} to {high} that the weeks before let expect",
        }[place]
        text += ", " + words.text(said, low=words.money(span[1]), high=words.money(span[2]))
    return text + ("." if is_final else "; " + words.text("provisional") + ".")
