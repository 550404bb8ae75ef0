"""Counted journeys: how often people took a path of channels, and what came of it."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Counted:
    """Journeys of one kind: their `channels`, in the order of the visits for a path and sorted for a set.

    `conversions` of them ended with a conversion, `non_conversions` did not; `value` is what the conversions
    were worth together.
    """

    channels: tuple[str, ...]
    conversions: int
    non_conversions: int
    value: float = 0.0

    @property
    def journeys(self) -> int:
        return self.conversions + self.non_conversions


def as_paths(rows: Iterable[Counted]) -> list[Counted]:
    """One row a path, in an order of its own: the same journeys give the same bits, however they were listed."""
    return _merged((row.channels, row) for row in rows)


def as_sets(rows: Iterable[Counted]) -> list[Counted]:
    """One row a set of channels, whatever the order and number of the visits."""
    return _merged((tuple(sorted(set(row.channels))), row) for row in rows)


def _merged(keyed: Iterable[tuple[tuple[str, ...], Counted]]) -> list[Counted]:
    groups: dict[tuple[str, ...], list[Counted]] = {}
    for key, row in keyed:
        if row.conversions < 0 or row.non_conversions < 0:
            raise ValueError(f"{' > '.join(key)}: a negative number of journeys")
        # A journey without a visit says nothing about any channel.
        if key and row.journeys:
            groups.setdefault(key, []).append(row)
    return [
        Counted(
            key,
            sum(row.conversions for row in rows),
            sum(row.non_conversions for row in rows),
            # fsum rounds once, so that the order of the rows does not matter
            math.fsum(row.value for row in rows),
        )
        for key, rows in sorted(groups.items())
    ]
