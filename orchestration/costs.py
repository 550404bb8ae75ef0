"""What each step of a run has cost, as metadata of what it made and as a summary at the end of the run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from refresh.measure import Meter

_BLOCKS = "▁▂▃▄▅▆▇█"
_BAR = 20
Metadata = dict[str, Any]


@dataclass(frozen=True)
class Cost:
    """One step: seconds, CPU seconds, rows that it wrote, requests that it sent, and what was left of the quota."""

    step: str
    seconds: float
    cpu_seconds: float
    rows: int
    requests: int = 0
    quota: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def of(
        cls, step: str, meter: Meter, rows: int, requests: int = 0, quota: Mapping[str, float] | None = None
    ) -> Cost:
        """What `meter` has measured up to now."""
        return cls(step, round(meter.seconds, 2), round(meter.cpu_seconds, 2), rows, requests, quota or {})

    @property
    def metadata(self) -> Metadata:
        """As it stands on each thing that the step made; numbers, which Dagster draws over time."""
        told: Metadata = {"step seconds": self.seconds, "step CPU seconds": self.cpu_seconds, "step rows": self.rows}
        if self.requests:
            told["API requests"] = self.requests
        return told | {f"API quota: {name}": value for name, value in self.quota.items()}


def summary(costs: Iterable[Cost]) -> str:
    """The steps of a run as a Markdown table, with a bar for the seconds of each."""
    found = list(costs)
    longest = max((cost.seconds for cost in found), default=0.0)
    lines = ["| step | seconds | | CPU s | rows | requests | quota |", "|---|--:|---|--:|--:|--:|---|"]
    for cost in found:
        quota = ", ".join(f"{name} {value:,g}" for name, value in cost.quota.items())
        bar = "█" * max(1, round(_BAR * cost.seconds / longest)) if longest else ""
        lines.append(
            f"| {cost.step} | {cost.seconds:,.1f} | {bar} | {cost.cpu_seconds:,.1f} | {cost.rows:,} "
            f"| {cost.requests or ''} | {quota} |"
        )
    seconds, cpu = sum(cost.seconds for cost in found), sum(cost.cpu_seconds for cost in found)
    requests = sum(cost.requests for cost in found)
    lines.append(f"| **all** | **{seconds:,.1f}** | | **{cpu:,.1f}** | | **{requests or ''}** | |")
    return "\n".join(lines)


def spark(values: Sequence[float | None]) -> str:
    """`values` as a line of blocks, the lowest and the highest of them as far apart as can be; a dot where one is None.

    For example 1, 2, None, 3 gives ▁▅·█.
    """
    known = [value for value in values if value is not None]
    if not known:
        return ""
    low, spread = min(known), max(known) - min(known)

    def block(value: float) -> str:
        return _BLOCKS[round((value - low) / spread * (len(_BLOCKS) - 1)) if spread else 3]

    return "".join("·" if value is None else block(value) for value in values)


def listed(lines: Iterable[str]) -> str:
    """Lines as a Markdown list."""
    return "\n".join(f"- {line}" for line in lines)
