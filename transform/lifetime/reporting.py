"""The fits of a business month by month, and what each customer is expected to buy: rows for the warehouse."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np

from transform.lifetime.bg_nbd import BgNbd
from transform.lifetime.fitting import YEAR_WEEKS, Fit, Purchases, expected_repeats, fit, hold_out
from transform.lifetime.gamma_gamma import GammaGamma
from transform.lifetime.histories import Histories

Row = dict[str, Any]


@dataclass(frozen=True)
class Month:
    """A month with the histories up to its last day, and the fit to them."""

    first_day: date
    last_day: date
    past: Histories
    fit: Fit


def last_day_of(first_day: date) -> date:
    """The last day of the month that begins on `first_day`."""
    return (first_day + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def months(purchases: Purchases, first_days: Sequence[date]) -> Iterator[Month]:
    """The months that begin on `first_days`, in their order; those before the first purchase are left out."""
    for first_day in first_days:
        past = purchases.through(last_day_of(first_day).toordinal())
        if len(past):
            yield Month(first_day, last_day_of(first_day), past, fit(past))


def fit_row(month: Month, purchases: Purchases, *, with_holdout: bool) -> Row:
    """One fit with its parameters and how it agrees with what was bought."""
    found = month.fit
    counts, worth = found.purchases, found.worth
    held = hold_out(purchases, month.last_day.toordinal()) if with_holdout and counts else None
    return {
        "date_day": month.first_day.isoformat(),
        "fitted_through": month.last_day.isoformat(),
        "customers": found.customers,
        "repeat_customers": found.repeat_customers,
        "customers_with_margin": found.customers_with_worth,
        "refusal": found.refusal,
        **{name: getattr(counts, name, None) for name in ("r", "alpha", "a", "b")},
        "purchase_log_likelihood": counts.log_likelihood if counts else None,
        **{name: getattr(worth, name, None) for name in ("p", "q", "gamma")},
        "margin_log_likelihood": worth.log_likelihood if worth else None,
        "mean_margin": worth.mean if worth else None,
        "repeats": found.repeats,
        "expected_repeats": expected_repeats(counts, month.past) if counts else None,
        "holdout_purchases": held.actual if held else None,
        "holdout_expected_purchases": held.expected if held else None,
    }


def customer_columns(
    past: Histories, purchases: BgNbd | None, worth: GammaGamma | None
) -> dict[str, np.ndarray[Any, Any]]:
    """Number of the customer, probability of being alive, purchases and worth expected of the next 365 days.

    NaN where there is no model.
    """
    unknown = np.full(len(past), np.nan)
    expected = purchases.expected_next(past, YEAR_WEEKS) if purchases else unknown
    return {
        "person_number": past.customers,
        "alive_probability": purchases.alive(past) if purchases else unknown,
        "expected_orders": expected,
        "expected_margin": expected * worth.expected(past) if worth else unknown,
    }
