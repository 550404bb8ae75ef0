"""Traces and layouts that charts share. Colours are names of CSS variables, put in by the page's script."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dashboards.section import Figure

Values = Sequence[Any]


def bars(name: str, x: Values, y: Values, colour: int, **more: Any) -> Figure:
    return {"type": "bar", "name": name, "x": list(x), "y": list(y), "marker": {"color": series(colour)}, **more}


def line(
    name: str, x: Values, y: Values, colour: int, *, dash: str = "solid", width: float = 2.5, **more: Any
) -> Figure:
    """A line that breaks where a value is None."""
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "x": list(x),
        "y": list(y),
        "line": {"color": series(colour), "width": width, "dash": dash},
        **more,
    }


def level(name: str, x: Values, value: float, **more: Any) -> Figure:
    """A target: a thin dashed line from the first to the last of `x`."""
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "x": [x[0], x[-1]],
        "y": [value, value],
        "line": {"color": "var(--quiet)", "width": 1.5, "dash": "dash"},
        **more,
    }


def band(name: str, x: Values, low: Values, high: Values, colour: int) -> list[Figure]:
    """The area between `low` and `high`, where both are known."""
    known = [
        n for n, (below, above) in enumerate(zip(low, high, strict=True)) if below is not None and above is not None
    ]
    edge = {"type": "scatter", "mode": "lines", "x": [x[n] for n in known], "line": {"width": 0}, "hoverinfo": "skip"}
    return [
        {**edge, "y": [low[n] for n in known], "showlegend": False, "name": f"{name}, low"},
        {
            **edge,
            "y": [high[n] for n in known],
            "name": name,
            "fill": "tonexty",
            "fillcolor": f"var(--band-{colour})",
        },
    ]


def points(name: str, x: Values, y: Values, **more: Any) -> Figure:
    """What is out of the ordinary: open rings, which nobody takes for a point of the line."""
    return {
        "type": "scatter",
        "mode": "markers",
        "name": name,
        "x": list(x),
        "y": list(y),
        "marker": {"symbol": "circle-open", "size": 12, "color": "var(--bad)", "line": {"width": 2.5}},
        **more,
    }


def dates(**more: Any) -> Figure:
    """An axis of days."""
    return {"type": "date", **more}


def plain(text: str) -> str:
    """Plotly reads a little HTML in labels; names come from links that anybody can write."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def series(colour: int) -> str:
    return f"var(--series-{colour})"
