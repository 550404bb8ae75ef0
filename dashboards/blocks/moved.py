"""What moved and what to do about it, in the sentences that the publication holds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dashboards.edition import Edition
from dashboards.section import Note, Notes, Section

_SHOWN = 5
_SEVERITY = {
    "critical": ("bad", "✕", "critical"),
    "warning": ("risk", "!", "warning"),
    "info": ("none", "i", "for information"),
}


def advice(edition: Edition, options: Mapping[str, Any]) -> Section | None:
    """The most urgent advice; of the KPIs that the audience `for` reads, where that is given."""
    audience = options.get("for")
    chosen = [row for row in edition.contents.advice if not audience or audience in _audience(edition, row["kpi"])]
    words = edition.words
    notes = []
    for row in chosen[:_SHOWN]:
        tone, icon, severity = _SEVERITY[row["severity"]]
        notes.append(Note(row["evidence"], row["title"], tone, icon, words.text(severity), "en"))
    if not notes:
        return None
    return Section("advice", words.text("What to do"), [Notes(notes)], width="half")


def moved(edition: Edition, options: Mapping[str, Any]) -> Section | None:
    """Why each KPI in focus is not what it was in the period before."""
    words = edition.words
    notes = [Note(row["words"], language="en") for row in edition.contents.moved]
    if not notes:
        return None
    return Section(
        "moved",
        words.text("Why the KPIs in focus moved"),
        [Notes(notes)],
        words.text("Each change is split exactly into what made it; points are per cent of the value before."),
        width="half",
    )


def _audience(edition: Edition, kpi: str) -> set[str]:
    return {name.strip() for name in str(edition.definition(kpi).get("audience") or "").split(",")}
