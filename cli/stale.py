"""How a terminal tells which KPIs are not new."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cli.console import moment
from warehouse.stale import Stale, by_reason

if TYPE_CHECKING:
    from rich.console import Console

STALE = "!"


def show_stale(screen: Console, stale: Sequence[Stale]) -> None:
    """A line for each reason: the KPIs, as of when their values are, what was wrong, and what to do."""
    for (as_of, reason, mend), labels in by_reason(stale).items():
        when = f"stay as of {moment(as_of)}" if as_of else "never had a good value"
        screen.print(f"{STALE} stale: {', '.join(labels)} {when}: {reason}; {mend}", style="red", markup=False)
