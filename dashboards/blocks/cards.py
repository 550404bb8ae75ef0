"""KPI cards: a chosen few, or all by stage of the customer journey."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dashboards.cards import Card
from dashboards.edition import Edition
from dashboards.section import Cards, Section, Stages

STAGES = (
    ("awareness", "Awareness", "Do the right people find us?"),
    ("consideration", "Consideration", "Do they care?"),
    ("conversion", "Conversion", "Do they buy, and at what cost?"),
    ("loyalty", "Loyalty", "Do they stay?"),
)


def focus(edition: Edition, options: Mapping[str, Any]) -> Section | None:
    """The cards of `kpis`: a list of names, `focus`, or `audience:<name>` for those that an audience reads."""
    words, chosen = edition.words, options.get("kpis", "focus")
    shown = [card for card in edition.cards() if _is_chosen(card, chosen, edition)]
    if isinstance(chosen, list | tuple):
        shown.sort(key=lambda card: list(chosen).index(card.kpi))
    if not shown:
        return None
    title = words.text("The KPIs in focus")
    return Section("cards", title, [Cards(shown)], _summary(shown, edition), is_plain=True)


def _is_chosen(card: Card, chosen: str | Sequence[str], edition: Edition) -> bool:
    if chosen == "focus":
        return card.is_focus
    if isinstance(chosen, str) and chosen.startswith("audience:"):
        audience = str(edition.definition(card.kpi).get("audience") or "")
        return chosen.removeprefix("audience:") in {name.strip() for name in audience.split(",")}
    return card.kpi in chosen


def _summary(shown: Sequence[Card], edition: Edition) -> str:
    counts = [
        (sum(card.tone == tone for card in shown), text)
        for tone, text in (("bad", "{count} off track"), ("risk", "{count} at risk"), ("good", "{count} on track"))
    ]
    return ", ".join(edition.words.text(text, count=count) for count, text in counts if count)


def scorecard(edition: Edition, options: Mapping[str, Any]) -> Section | None:
    """Every card, by stage; a stage with many focus cards takes two columns."""
    stages = []
    for name, title, question in STAGES:
        of_stage = [card for card in edition.cards() if card.stage == name]
        inner = [card for card in of_stage if card.is_focus]
        if of_stage:
            stages.append(
                {
                    "title": edition.words.text(title),
                    "question": edition.words.text(question),
                    "focus": inner,
                    "others": [card for card in of_stage if not card.is_focus],
                    "width": 2 if len(inner) > 2 else 1,
                }
            )
    if not stages:
        return None
    title = edition.words.text("Scorecard by stage of the customer journey")
    return Section("scorecard", title, [Stages(stages)], is_plain=True)
