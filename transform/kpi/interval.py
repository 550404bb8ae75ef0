"""How far a KPI could be off by chance: both ends of its 95 % interval, as SQL over its two sides."""

from __future__ import annotations

Z_95 = 1.959963984540054


def wilson(successes: str, trials: str) -> tuple[str, str]:
    """The Wilson score interval (without continuity correction) of successes / trials, within 0..1.

    NULL where there is no trial, or where the counts are no proportion.
    """
    share = f"({successes}) / ({trials})"
    centre = f"({share} + {Z_95**2 / 2!r} / ({trials}))"
    spread = f"{Z_95!r} * sqrt({share} * (1 - {share}) / ({trials}) + {Z_95**2 / 4!r} / (({trials}) * ({trials})))"
    scale = f"(1 + {Z_95**2!r} / ({trials}))"
    known = f"({trials}) > 0 and ({successes}) between 0 and ({trials})"
    return (
        f"case when {known} then greatest(0, ({centre} - {spread}) / {scale}) end",
        f"case when {known} then least(1, ({centre} + {spread}) / {scale}) end",
    )


def net_share(net: str, polar: str, trials: str) -> tuple[str, str]:
    """The adjusted Wald interval of a net share (promoters less detractors, of all), within -1..1.

    `polar` counts the cases that add 1 or -1 to `net`. Three cases are added, 3/4 of one to each side, the rest to
    those who add nothing: Rocks (2016), "Interval Estimation for the 'Net Promoter Score'", The American Statistician
    70(4). NULL where there is no trial, or where the counts are no net share.
    """
    more = f"(({trials}) + 3)"
    share = f"({net}) / {more}"
    spread = f"{Z_95!r} * sqrt(((({polar}) + 1.5) / {more} - ({share}) * ({share})) / {more})"
    known = f"({trials}) > 0 and ({polar}) between abs({net}) and ({trials})"
    return (
        f"case when {known} then greatest(-1, {share} - {spread}) end",
        f"case when {known} then least(1, {share} + {spread}) end",
    )
