"""What a soak has done to each source, and what it has found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from tests.soak.loading import PHASES, Outcome

_COLUMNS = ("days", "loads", "done", "stopped", "failed", "killed", "faults", "kinds", "rows equal")


@dataclass
class Tally:
    """The counts of one source; `problems` holds a line each."""

    source: str
    days: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    killed: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    """How often each named failure was answered."""
    rows: int = 0
    problems: list[str] = field(default_factory=list)

    def count(self, outcome: Outcome) -> None:
        """Take an outcome into account; one that no person could act on is a problem."""
        self.outcomes[outcome.kind] += 1
        if outcome.kind == "killed":
            self.killed[PHASES[outcome.phase]] += 1
        if outcome.kind == "broken" or "\n" in outcome.text:
            self.problems.append(f"{self.source}: no line for a person: {outcome.text}")

    @property
    def line(self) -> tuple[str, ...]:
        """The row of the summary."""
        kinds = [self.outcomes[kind] for kind in ("done", "stopped", "failed", "killed")]
        numbers = [self.days, self.outcomes.total(), *kinds, self.faults.total(), len(self.faults), self.rows]
        return (self.source, *(f"{number:,}" for number in numbers), "yes" if not self.problems else "NO")


def summary(tallies: Iterable[Tally]) -> str:
    """A table for a person, and below it the kills by moment and what was found."""
    tallies = list(tallies)
    rows = [("source", *_COLUMNS, "equal"), *(tally.line for tally in tallies)]
    widths = [max(len(row[n]) for row in rows) for n in range(len(rows[0]))]
    lines = ["  ".join(_cell(*placed) for placed in enumerate(zip(row, widths, strict=True))) for row in rows]
    killed: Counter[str] = sum((tally.killed for tally in tallies), Counter())
    if killed:
        lines.append("killed " + ", ".join(f"{killed[phase]} {phase}" for phase in PHASES if killed[phase]))
    return "\n".join([*lines, *(problem for tally in tallies for problem in tally.problems)])


def _cell(place: int, sized: tuple[str, int]) -> str:
    text, width = sized
    return text.rjust(width) if place else text.ljust(width)
