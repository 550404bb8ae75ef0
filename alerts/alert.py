"""What somebody is told of, and the words of its kind."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Literal

from warehouse.alerting import Kind

Severity = Literal["critical", "warning", "info"]
# The heading that a message gives each kind, in the order in which they are told.
HEADINGS: dict[Kind, str] = {
    "failed_run": "Nothing new was published",
    "blocked_source": "Sources that deliver nothing",
    "stale_kpi": "KPIs that are too old",
    "off_track": "Targets off track",
    "anomaly": "Unusual",
}
# Kinds that somebody mends; of these it is told as well that they are mended.
MENDED: tuple[Kind, ...] = ("failed_run", "blocked_source", "stale_kpi")


@dataclass(frozen=True)
class Alert:
    """One thing that is wrong. `key` is the same for as long as it is the same thing; nobody is told of a key twice.

    Alerts of one `group` are told in one line: its `title`, and the `detail` of each.
    """

    kind: Kind
    key: str
    group: str
    title: str
    detail: str
    mend: str
    severity: Severity
    # The sources and KPIs that it is about: a silence of any of them holds it back.
    about: frozenset[str]
    # The KPIs' audiences, and whether one of them is in focus; empty for what only the operator mends.
    audiences: frozenset[str] = frozenset()
    is_focus: bool = False

    def to_json(self) -> str:
        """The alert as the ledger keeps it."""
        return json.dumps(asdict(self), default=sorted)

    @classmethod
    def from_json(cls, text: str) -> Alert:
        found = json.loads(text)
        return cls(**{**found, "about": frozenset(found["about"]), "audiences": frozenset(found["audiences"])})


def names_of(listed: str) -> list[str]:
    """The names in a list that the publication keeps as text, such as `ceo, marketing_manager`."""
    return [name.strip() for name in listed.split(",") if name.strip()]
