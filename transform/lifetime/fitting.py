"""Both models on the customers of one business: fitted where the data carry it, refused with a reason where not."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from transform.lifetime import bg_nbd, gamma_gamma
from transform.lifetime.bg_nbd import BgNbd
from transform.lifetime.gamma_gamma import GammaGamma, is_usable
from transform.lifetime.histories import DAYS_A_WEEK, Floats, Histories, histories

MINIMUM_REPEAT_CUSTOMERS = 100
"""Of fewer, four parameters say little. Below it a fit is refused; the same for those with a worth."""
MINIMUM_WEEKS = 26
"""Purchases of half a year, so that somebody can be seen to have stopped."""
MOST_CUSTOMERS = 10_000
"""Of more, every n-th is fitted: what that costs in precision is far below what the models leave out."""
HOLDOUT_WEEKS = 13
YEAR_WEEKS = 365 / DAYS_A_WEEK


@dataclass(frozen=True)
class Purchases:
    """All purchases, a row each: a number of the customer, a day number, and the worth (NaN where unknown)."""

    customers: np.ndarray[tuple[int], np.dtype[np.int64]]
    days: np.ndarray[tuple[int], np.dtype[np.int64]]
    worths: Floats

    def through(self, day: int) -> Histories:
        return histories(self.customers, self.days, self.worths, day)


@dataclass(frozen=True)
class Fit:
    """What was found in the purchases up to one day; the models are None where `refusal` says why."""

    customers: int
    repeat_customers: int
    customers_with_worth: int
    weeks: float
    repeats: int
    purchases: BgNbd | None = None
    worth: GammaGamma | None = None
    refusal: str | None = None


@dataclass(frozen=True)
class Holdout:
    """Purchases of the last 13 weeks: those made, and those expected by a fit to what was before."""

    actual: float
    expected: float


def fit(past: Histories) -> Fit:
    """Fit both models to `past`, or say why not."""
    found = Fit(
        customers=len(past),
        repeat_customers=int(np.sum(past.repeats > 0)),
        customers_with_worth=int(np.sum(is_usable(past))),
        weeks=float(np.max(past.age, initial=0.0)),
        repeats=int(np.sum(past.repeats)),
    )
    refusal = _refusal(found)
    if refusal:
        return replace(found, refusal=refusal)
    some = past.only(slice(None, None, -(-len(past) // MOST_CUSTOMERS)))
    purchases = bg_nbd.fit(some)
    if purchases is None:
        return replace(found, refusal="the likelihood of BG/NBD has no maximum that the search could find")
    worth = gamma_gamma.fit(some)
    if worth is None:
        return replace(found, refusal="the likelihood of Gamma-Gamma has no maximum with a mean (q above 1)")
    return replace(found, purchases=purchases, worth=worth)


def hold_out(purchases: Purchases, day: int) -> Holdout | None:
    """What a fit to all but the last 13 weeks expects of them; None where that fit is refused."""
    start = day - int(HOLDOUT_WEEKS * DAYS_A_WEEK)
    before = purchases.through(start)
    model = fit(before).purchases
    if model is None:
        return None
    after = purchases.through(day)
    then = np.isin(after.customers, before.customers)
    actual = float(np.sum(after.repeats[then])) - float(np.sum(before.repeats))
    return Holdout(actual, float(np.sum(model.expected_next(before, HOLDOUT_WEEKS))))


def expected_repeats(model: BgNbd, past: Histories) -> float:
    """Repeat purchases that `model` expects of the customers of `past` from their first purchase to the end."""
    ages, counts = np.unique(past.age, return_counts=True)
    return float(np.sum(model.expected(ages) * counts))


def _refusal(found: Fit) -> str | None:
    if found.weeks < MINIMUM_WEEKS:
        return f"{int(found.weeks)} weeks of purchases; {MINIMUM_WEEKS} are needed"
    if found.repeat_customers < MINIMUM_REPEAT_CUSTOMERS:
        return f"{found.repeat_customers} customers bought again; {MINIMUM_REPEAT_CUSTOMERS} are needed"
    if found.customers_with_worth < MINIMUM_REPEAT_CUSTOMERS:
        return (
            f"{found.customers_with_worth} customers have repeat purchases with a known gross margin above 0; "
            f"{MINIMUM_REPEAT_CUSTOMERS} are needed"
        )
    return None
