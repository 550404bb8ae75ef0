"""The registry in words: what each KPI means, how it stands, and who answers for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dashboards.edition import Edition
from dashboards.section import Cell, Section, Table

_DIRECTIONS = {"up": "higher", "down": "lower", "band": "in a band"}


def definitions(edition: Edition, options: Mapping[str, Any]) -> Section | None:
    """Every KPI of the scorecard, each with a link to its page."""
    words = edition.words
    rows = []
    for card in edition.cards():
        definition = edition.definition(card.kpi)
        rows.append(
            (
                Cell(card.label, href=f"kpi/{card.kpi}.html"),
                card.value,
                Cell(f"{card.icon} {card.status}", card.tone),
                card.description,
                card.formula,
                words.text(_DIRECTIONS.get(str(definition.get("direction")), "")) if definition else "",
                card.owner,
            )
        )
    if not rows:
        return None
    header = ("KPI", "Newest value", "Status", "Means", "Formula", "Better", "Owner")
    table = Table(tuple(words.text(name) for name in header), rows, words=7, is_wordy=True)
    return Section("definitions", words.text("What each KPI means"), [table])
