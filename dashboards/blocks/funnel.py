"""From visitor to customer: the newest complete month, in total and by channel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from dashboards.edition import Edition
from dashboards.reading import Row
from dashboards.section import Cell, Chart, Section, Table

STEPS = {
    "visitors": "Visitors",
    "leads": "Leads",
    "mql": "Marketing qualified",
    "sql": "Sales qualified",
    "opportunities": "Opportunities",
    "customers": "Customers",
}
_FUNNEL = """
select month, channel, step_number, step, cast(sum(people) as bigint) as people
from published.funnel
where month = (select max(month) from published.funnel where last_day(month) <= ?)
group by all order by channel, step_number
"""


def funnel(edition: Edition, options: Mapping[str, Any]) -> Section | None:
    """How many reach each stage, and what share of the stage before."""
    words = edition.words
    rows = edition.rows(_FUNNEL, edition.through)
    steps = list(dict.fromkeys(row["step"] for row in sorted(rows, key=lambda row: row["step_number"])))
    people = {step: sum(row["people"] for row in rows if row["step"] == step) for step in steps}
    if not steps or not people[steps[0]]:
        return None
    names = [words.text(STEPS.get(step, step)) for step in steps]
    counts = [people[step] for step in steps]
    rates = [None, *(_rate(here, before) for before, here in pairwise(counts))]
    title = words.text("Funnel, {month}", month=words.month(rows[0]["month"]))
    summary = words.text(
        "{first} visitors in the month, {last} customers: {share} of them.",
        first=words.whole(counts[0]),
        last=words.whole(counts[-1]),
        share=words.percent(counts[-1] / counts[0]),
    )
    bar = {
        "type": "bar",
        "orientation": "h",
        "y": names,
        "x": counts,
        "text": [
            f"<b>{words.whole(count)}</b>" + ("" if rate is None else f"  {words.percent(rate, 1)}")
            for count, rate in zip(counts, rates, strict=True)
        ],
        "textposition": "outside",
        "cliponaxis": False,
        "marker": {"color": "var(--series-1)"},
        "hovertemplate": "%{y}: %{text}<extra></extra>",
    }
    layout = {
        "yaxis": {"autorange": "reversed", "showgrid": False, "type": "category"},
        # Room beyond the longest bar for its number.
        "xaxis": {"visible": False, "range": [0, max(counts) * 1.35]},
        "showlegend": False,
        "margin": {"l": 8, "r": 12, "t": 8, "b": 8},
        "bargap": 0.25,
    }
    chart = Chart("funnel", f"{title}. {summary}", {"data": [bar], "layout": layout}, height=260)
    table = _by_channel(edition, rows, steps, names)
    note = words.text("Below a number: its share of the stage before. A channel is that of a person's first visit.")
    return Section("funnel", title, [chart, table], summary, note, width="full")


def _by_channel(edition: Edition, rows: Sequence[Row], steps: Sequence[str], names: Sequence[str]) -> Table:
    words = edition.words
    by_channel: dict[str, dict[str, int]] = {}
    for row in rows:
        by_channel.setdefault(row["channel"], {})[row["step"]] = row["people"]

    def cells(people: Mapping[str, int]) -> tuple[str | Cell, ...]:
        counts = [people.get(step, 0) for step in steps]
        rates = ["", *(_shown(edition, _rate(here, before)) for before, here in pairwise(counts))]
        whole = _shown(edition, _rate(counts[-1], counts[0]))
        return (*(Cell(words.whole(count), more=rate) for count, rate in zip(counts, rates, strict=True)), whole)

    ranked = sorted(by_channel.items(), key=lambda item: -item[1].get(steps[0], 0))
    total = {step: sum(people.get(step, 0) for people in by_channel.values()) for step in steps}
    return Table(
        (words.text("Channel"), *names, words.text("Visitor to customer")),
        [(channel, *cells(people)) for channel, people in ranked],
        [(words.text("All channels"), *cells(total))],
    )


def _rate(here: int, before: int) -> float | None:
    return here / before if before else None


def _shown(edition: Edition, rate: float | None) -> str:
    return "" if rate is None else edition.words.percent(rate, 1)
