"""How far a proportion could be off by chance."""

from __future__ import annotations

from math import sqrt

Z_95 = 1.959963984540054


def wilson(successes: float, trials: float, z: float = Z_95) -> tuple[float, float] | None:
    """The Wilson score interval (without continuity correction) of successes / trials, both limits within 0..1.

    None where there is no trial, or where the counts are no proportion.
    """
    if trials <= 0 or not 0 <= successes <= trials:
        return None
    share = successes / trials
    spread = z * sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials))
    centre = share + z * z / (2 * trials)
    scale = 1 + z * z / trials
    return max(0.0, (centre - spread) / scale), min(1.0, (centre + spread) / scale)
