"""The sections of a page as components of Dash; the words and numbers are those of the pages in dashboards/."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from dash import dcc, html

import dashboards
from dashboards.cards import Card, Change
from dashboards.section import Bars, Cards, Cell, Chart, Facts, Notes, Section, Stages, Table

_CSS = (Path(dashboards.__file__).parent / "assets" / "page.css").read_text(encoding="utf-8")
# The first value of a name is that of the light page; the dark one has values that both themes can show.
_COLOURS = dict(reversed([(name, value.strip()) for name, value in re.findall(r"--([a-z0-9-]+):\s*([^;]+);", _CSS)]))
_INK = "#7b8794"  # read on white and on black


def section(one: Section) -> html.Section:
    """A section with its heading. Parts that only the browser of the static pages can make are left out."""
    parts = [_PARTS[type(part)](part) for part in one.parts if type(part) in _PARTS]
    return html.Section(
        [
            html.H3(one.title),
            *([html.P(one.summary, className="kpi-quiet")] if one.summary else []),
            *parts,
            *([html.P(one.note, className="kpi-quiet")] if one.note else []),
        ],
        className=f"kpi-section kpi-{one.width}",
        id=f"section-{one.name}",
    )


def _cards(part: Cards) -> html.Div:
    return html.Div([_card(one) for one in part.cards], className="kpi-cards")


def _stages(part: Stages) -> html.Div:
    return html.Div(
        [
            html.Div(
                [
                    html.H4(f"{stage['title']}: {stage['question']}"),
                    html.Div([_card(one) for one in (*stage["focus"], *stage["others"])], className="kpi-cards"),
                ]
            )
            for stage in part.stages
        ]
    )


def _card(card: Card) -> html.Article:
    return html.Article(
        [
            html.Div(card.label, className="kpi-label", title=f"{card.description} {card.formula}"),
            html.Div(card.value, className="kpi-value"),
            html.Div([card.period, *([" · ", html.Em("provisional")] if card.is_provisional else [])]),
            *([html.Div(card.missing)] if card.missing else []),
            *([_change(card.change)] if card.change else []),
            *([html.Div(f"{card.progress.target}; {card.progress.text}")] if card.progress else []),
            html.Div(f"{card.icon} {card.status}", className=f"kpi-tone-{card.tone}"),
        ],
        className="kpi-card",
        **{"data-kpi": card.kpi},
    )


def _change(change: Change) -> html.Div:
    said = f"{change.arrow} {change.text}{f', {change.verdict}' if change.verdict else ''} {change.against}"
    return html.Div(said, className=f"kpi-tone-{change.tone}")


def _chart(part: Chart) -> html.Div:
    figure = _coloured(part.figure)
    figure["layout"] = {
        "paper_bgcolor": "rgba(0,0,0,0)", "plot_bgcolor": "rgba(0,0,0,0)", "font": {"color": _INK},
        "margin": {"l": 48, "r": 16, "t": 24, "b": 32}, "legend": {"orientation": "h", "y": 1.1},
        "height": part.height, **figure.get("layout", {}),
    }  # fmt: skip
    return html.Div(dcc.Graph(figure=figure, config={"displayModeBar": False}), title=part.label)


def _coloured(value: Any) -> Any:
    """The figure with values in place of the names of CSS variables."""
    if isinstance(value, str) and value.startswith("var(--"):
        return _COLOURS.get(value[6:-1], _INK)
    if isinstance(value, dict):
        return {key: _coloured(entry) for key, entry in value.items()}
    return [_coloured(entry) for entry in value] if isinstance(value, list | tuple) else value


def _table(part: Table) -> html.Div:
    return html.Div(
        html.Table(
            [
                html.Thead(html.Tr([html.Th(name) for name in part.header])),
                html.Tbody([_row(row) for row in part.rows]),
                html.Tfoot([_row(row) for row in part.totals]),
            ]
        ),
        className="kpi-scroll",
    )


def _row(row: Sequence[str | Cell]) -> html.Tr:
    return html.Tr([_cell(content) for content in row])


def _cell(content: str | Cell) -> html.Td:
    if isinstance(content, str):
        return html.Td(content)
    return html.Td(content.text, className=f"kpi-tone-{content.tone}" if content.tone else "", title=content.hint)


def _notes(part: Notes) -> html.Ul:
    return html.Ul([html.Li([html.Strong(f"{one.icon} {one.title} "), one.text]) for one in part.notes])


def _facts(part: Facts) -> html.Div:
    return html.Div(
        [
            html.Div([html.Div(one.name), html.Div(one.value, className="kpi-value"), html.Div(one.more)])
            for one in part.facts
        ],
        className="kpi-cards",
    )


def _bars(part: Bars) -> html.Ul:
    return html.Ul([html.Li(f"{one.name}: {one.value}; {one.text} {one.icon} {one.status}") for one in part.bars])


_PARTS: dict[type, Callable[[Any], Any]] = {
    Bars: _bars,
    Cards: _cards,
    Chart: _chart,
    Facts: _facts,
    Notes: _notes,
    Stages: _stages,
    Table: _table,
}
