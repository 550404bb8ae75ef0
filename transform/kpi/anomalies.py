"""Which periods of a KPI's series lie outside of what its own past lets expect. Pure arithmetic on arrays, no database.

A causal, seasonal Hampel identifier: each period is held against a median of what came before it, and the distance is
measured by the median of the past distances. (Hampel 1974; Davies and Gather 1993; the seasonal form after Hochenbaum,
Vallis and Kejariwal 2017, who take medians and the MAD off the seasonal part for the same reason: what is to be found
must not move what it is measured by.) On a scale on which the spread does not grow with the value:

    expected   the median of the last periods without their season, plus the season: the median of how far the last
               eight of the same weekday lay from the middle of their week
    error      value - expected, for each past period as it was forecast then, from its own past only
    scale      1.4826 x median(|error|) of the past errors: what the forecast has been wrong by, all of its own
               uncertainty included
    score      error / scale, against Student's t

Days have a second season, the calendar's: where the same day of both months before strayed to the same side by more
than two scales (a placement that is booked for the 15th), the median of the last six is part of what is expected.

The degrees of freedom are 0.37 of the errors that the scale rests on (the efficiency of the MAD; Rousseeuw and Croux
1993), fewer where errors follow on one another: n (1 - r^2) / (1 + r^2) with r their correlation with the one before;
and never more than ten, since errors of marketing's series have heavier tails than the normal.
A value of few cases may stray further: the part of the scale that chance in drawing cases explains is taken out at the
past's usual number of cases, and put back at the number of the period that is judged.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from scipy.stats import t as student

from transform.kpi.meta import Grain

Array = npt.NDArray[np.float64]
Measure = Literal["proportion", "price", "amount", "signed"]

# Turns a median of absolute errors into a standard deviation, where errors are normal.
_MAD = 1.482602218505602
_EFFICIENCY = 0.37
_SEASONS = 8
_MAX_CORRELATION = 0.9
_MOST_FREEDOM = 10.0
_HABIT_MONTHS = 6
_HABIT = 2.0
# Of a period with so many cases on average, chance alone leaves one in 500 million empty (Poisson, e^-20).
_USUAL_CASES = 20


@dataclass(frozen=True)
class Pace:
    """How far a grain looks back, in periods."""

    per_year: int
    level: int
    errors: int
    least_errors: int
    season: int = 1
    """After how many periods the season comes again; 1 where there is none."""


PACES: dict[Grain, Pace] = {
    "day": Pace(365, level=28, errors=84, least_errors=28, season=7),
    "week": Pace(52, level=8, errors=26, least_errors=12),
    "month": Pace(12, level=6, errors=24, least_errors=6),
}


@dataclass(frozen=True)
class Scale:
    """A scale on which spread does not grow with the value, its inverse, and the variance of one case on it."""

    forward: Callable[[Array, Array], Array]
    inverse: Callable[[Array], Array]
    one_case: float
    low: float


def _angle(share: Array, cases: Array) -> Array:
    counted = np.where(np.isfinite(cases), cases, np.inf)
    with np.errstate(invalid="ignore"):
        corrected = np.where(np.isinf(counted), share, (share * counted + 0.375) / (counted + 0.75))
    return np.asarray(np.arcsin(np.sqrt(np.clip(corrected, 0.0, 1.0))), dtype=np.float64)


def _as_it_is(values: Array, cases: Array) -> Array:
    return values


SCALES: dict[Measure, Scale] = {
    # variance-stabilising for a share of n, variance 1 / (4 n), with the correction for small counts (Anscombe 1948)
    "proportion": Scale(_angle, lambda angle: np.sin(np.clip(angle, 0.0, np.pi / 2)) ** 2, 0.25, 0.0),
    # a price for each of n random cases strays by 1 / n on the scale of logarithms
    "price": Scale(lambda price, cases: np.log(np.where(price > 0, price, np.nan)), np.exp, 1.0, -np.inf),
    # the same transformation for counts, and for whatever may be 0
    "amount": Scale(
        lambda amount, cases: np.sqrt(np.maximum(amount, 0.0) + 0.375),
        lambda root: np.maximum(np.maximum(root, 0.0) ** 2 - 0.375, 0.0),
        0.0,
        0.0,
    ),
    "signed": Scale(_as_it_is, lambda values: values, 1.0, -np.inf),
}


@dataclass(frozen=True)
class Judged:
    """What was expected of each period of each series; NaN where too little is known to say."""

    expected: Array
    low: Array
    high: Array
    score: Array
    """Distance from what was expected, in standard deviations of the past errors."""
    limit: Array
    """The score from which on a period is flagged."""


def judge(
    values: Array, cases: Array, starts: Sequence[date], *, grain: Grain, measure: Measure, chance: Array
) -> Judged:
    """Judge `values` (series x periods that start on `starts`, NaN where unknown) by what came before each period.

    `cases`: how many each value rests on, NaN where that is not counted. `chance`: of each series, the probability with
    which a period that is like its past may be flagged, on both sides together. Periods follow on one another.
    """
    pace, scale = PACES[grain], SCALES[measure]
    with np.errstate(divide="ignore", invalid="ignore"):
        seen = scale.forward(values, cases)
        drawn = scale.one_case / cases
        season = _season(seen, pace)
        expected = season + _past_median(seen - season, pace.level, min(pace.level, pace.least_errors) // 2)
        if grain == "day":
            expected = expected + _habit(seen - expected, starts, pace)
        errors = seen - expected
        past = _windows(errors, pace.errors)
        known = np.sum(np.isfinite(past), axis=2)
        spread = _MAD * _median(np.abs(past))
        usual = _past_median(np.where(np.isfinite(errors), drawn, np.nan), pace.errors, 1)
        extra = np.where(np.isfinite(drawn) & np.isfinite(usual), drawn - usual, 0.0)
        spread = np.sqrt(spread**2 + np.maximum(extra, -(spread**2) / 2))
        blank = np.where((known >= pace.least_errors) & np.isfinite(expected) & (spread > 0), 1.0, np.nan)
        limit = _limit(past, known, chance) * blank
        score = errors / spread * blank
        reach = limit * spread
        return Judged(
            scale.inverse(expected * blank),
            scale.inverse(np.maximum(expected - reach, scale.low)),
            scale.inverse(expected + reach),
            score,
            limit,
        )


def missing(known: Array, cases: Array, *, grain: Grain) -> npt.NDArray[np.bool_]:
    """Periods of which nothing is known (`known` is NaN) where at least nine of ten before them were.

    Only where a period usually has so many `cases` that chance alone leaves none without any.
    """
    length = PACES[grain].level
    past = np.sum(np.isfinite(_windows(known, length)), axis=2)
    usual = _median(_windows(cases, length))
    return np.asarray(np.isnan(known) & (past >= 0.9 * length) & (np.nan_to_num(usual) >= _USUAL_CASES), dtype=np.bool_)


def _season(seen: Array, pace: Pace) -> Array:
    if pace.season == 1:
        return np.zeros_like(seen)
    # How far each period lies from the middle of the whole week that ends with it.
    week = _median(_windows(seen, pace.season, is_own=True))
    off = seen - week
    size = seen.shape[1]
    lags = np.full((*seen.shape, _SEASONS), np.nan)
    for lag in range(1, _SEASONS + 1):
        shift = lag * pace.season
        if shift < size:
            lags[:, shift:, lag - 1] = off[:, :-shift]
    enough = np.sum(np.isfinite(lags), axis=2) >= _SEASONS // 2
    return np.where(enough, _median(lags), np.nan)


def _habit(errors: Array, starts: Sequence[date], pace: Pace) -> Array:
    """What the day of the month adds, where it did so in both months before; 0 elsewhere."""
    places = {start: place for place, start in enumerate(starts)}
    earlier = np.full((len(starts), _HABIT_MONTHS), -1)
    for place, start in enumerate(starts):
        for back in range(1, _HABIT_MONTHS + 1):
            years, month = divmod(start.year * 12 + start.month - 1 - back, 12)
            if start.day <= monthrange(years, month + 1)[1]:
                earlier[place, back - 1] = places.get(date(years, month + 1, start.day), -1)
    of_months = np.where(earlier[None] >= 0, errors[:, earlier], np.nan)
    bound = _HABIT * _MAD * _median(np.abs(_windows(errors, pace.errors)))
    last, before = of_months[..., 0], of_months[..., 1]
    is_habit = ((last > bound) & (before > bound)) | ((last < -bound) & (before < -bound))
    return np.where(is_habit, _median(of_months), 0.0)


def _past_median(seen: Array, length: int, least: int) -> Array:
    past = _windows(seen, length)
    return np.where(np.sum(np.isfinite(past), axis=2) >= max(least, 1), _median(past), np.nan)


def _limit(past: Array, known: npt.NDArray[Any], chance: Array) -> Array:
    """Student's quantile for each series' chance, at the degrees of freedom that the past errors give."""
    follow = _correlation(past)
    worth = known * (1 - follow**2) / (1 + follow**2)
    freedom = np.clip(_EFFICIENCY * worth, 1.0, _MOST_FREEDOM)
    # Quantiles are costly: on a grid of a tenth of a degree of freedom the error is below a hundredth.
    steps = np.unique(np.round(freedom, 1))
    chances, places = np.unique(chance, return_inverse=True)
    table = student.isf(chances[:, None] / 2, steps[None, :])
    return np.asarray(table[places[:, None], np.searchsorted(steps, np.round(freedom, 1))], dtype=np.float64)


def _correlation(past: Array) -> Array:
    """Of each error with the one before it, with errors beyond three spreads cut off there."""
    spread = 3 * _MAD * _median(np.abs(past))[..., None]
    cut = np.clip(past, -spread, spread)
    pairs = cut[..., 1:] * cut[..., :-1]
    both = np.isfinite(pairs)
    with np.errstate(divide="ignore", invalid="ignore"):
        squares = np.nansum(np.where(np.isfinite(cut), cut, 0.0) ** 2, axis=2) / np.sum(np.isfinite(cut), axis=2)
        found = np.nansum(np.where(both, pairs, 0.0), axis=2) / np.sum(both, axis=2) / squares
    return np.asarray(np.clip(np.nan_to_num(found), 0.0, _MAX_CORRELATION), dtype=np.float64)


def _windows(values: Array, length: int, *, is_own: bool = False) -> Array:
    """For each period the `length` periods before it (with itself at the end, when `is_own`), as a last axis."""
    pad = length - 1 if is_own else length
    padded = np.concatenate([np.full((values.shape[0], pad), np.nan), values], axis=1)
    windows = np.lib.stride_tricks.sliding_window_view(padded, length, axis=1)
    return np.asarray(windows[:, : values.shape[1]], dtype=np.float64)


def _median(windows: Array) -> Array:
    """Of the finite values of the last axis; NaN where there is none. One sort for all, which `nanmedian` is not."""
    ordered = np.sort(np.where(np.isfinite(windows), windows, np.inf), axis=-1)
    count = np.sum(np.isfinite(windows), axis=-1)
    low = np.take_along_axis(ordered, np.maximum((count - 1) // 2, 0)[..., None], axis=-1)[..., 0]
    high = np.take_along_axis(ordered, np.minimum(count // 2, windows.shape[-1] - 1)[..., None], axis=-1)[..., 0]
    with np.errstate(invalid="ignore"):
        return np.asarray(np.where(count > 0, (low + high) / 2, np.nan), dtype=np.float64)
