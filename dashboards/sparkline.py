"""A line of a KPI's history as SVG paths, small enough to stand beside its value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

WIDTH, HEIGHT, MARGIN = 240.0, 44.0, 5.0


@dataclass(frozen=True)
class Sparkline:
    """Paths in a box of WIDTH x HEIGHT: what is final, what may still change, the newest point, and the target."""

    final: str
    provisional: str
    newest: tuple[float, float] | None
    target: float | None


def sparkline(values: Sequence[float | None], is_final: Sequence[bool], target: float | None) -> Sparkline | None:
    """The line through `values`, oldest first; it breaks where a value is None. None with fewer than two values.

    The target is drawn where it does not flatten the line: within one height of the values above or below them.
    """
    known = [value for value in values if value is not None]
    if len(known) < 2:
        return None
    low, high = min(known), max(known)
    spread = high - low
    shown = target if target is not None and low - spread <= target <= high + spread else None
    if shown is not None:
        low, high = min(low, shown), max(high, shown)

    def y(value: float) -> float:
        share = (value - low) / (high - low) if high > low else 0.5
        return round(HEIGHT - MARGIN - share * (HEIGHT - 2 * MARGIN), 2)

    step = (WIDTH - 2 * MARGIN) / (len(values) - 1)
    points = [None if value is None else (round(MARGIN + n * step, 2), y(value)) for n, value in enumerate(values)]
    # A segment may still change when the point that it leads to may.
    paths: dict[bool, list[str]] = {True: [], False: []}
    for (before, here), final in zip(pairwise(points), is_final[1:], strict=True):
        if before and here:
            paths[final].append(f"M{before[0]:g} {before[1]:g}L{here[0]:g} {here[1]:g}")
    return Sparkline("".join(paths[True]), "".join(paths[False]), points[-1], None if shown is None else y(shown))
