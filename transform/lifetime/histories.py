"""Purchases as the models of repeat buying read them: how often, how recently, for how long, and at what worth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
DAYS_A_WEEK = 7.0


@dataclass(frozen=True)
class Histories:
    """One entry a customer, in the same order everywhere. Times are weeks since the first purchase.

    `repeats`: days with a purchase after the first one. `recency`: the last of them, 0 without any. `age`: the end of
    what was observed. `worth`: mean worth of a repeat purchase, NaN where it is unknown.
    """

    customers: NDArray[np.int64]
    repeats: Floats
    recency: Floats
    age: Floats
    worth: Floats

    def __len__(self) -> int:
        return len(self.customers)

    def only(self, mask: NDArray[np.bool_] | slice) -> Histories:
        """Some of the customers."""
        return Histories(self.customers[mask], self.repeats[mask], self.recency[mask], self.age[mask], self.worth[mask])


def histories(customers: NDArray[np.int64], days: NDArray[np.int64], worths: Floats, through: int) -> Histories:
    """The histories of all who bought up to day `through`, inclusive; a row a purchase, `days` are day numbers.

    Purchases of one customer and day are one purchase with the sum of their worths, as in the published data sets. A
    worth that is NaN is unknown, and makes its day unknown; the mean is that of the days that are known.
    """
    seen = days <= through
    customers, days, worths = customers[seen], days[seen], worths[seen]
    order = np.lexsort((days, customers))
    customers, days, worths = customers[order], days[order], worths[order]
    is_new_day = np.ones(len(customers), dtype=bool)
    is_new_day[1:] = (customers[1:] != customers[:-1]) | (days[1:] != days[:-1])
    starts = np.flatnonzero(is_new_day)
    worths = np.add.reduceat(worths, starts) if len(starts) else worths
    customers, days = customers[starts], days[starts]
    unique, first, counts = np.unique(customers, return_index=True, return_counts=True)
    of_customer = np.repeat(np.arange(len(unique)), counts)
    first_day = days[first]
    last_day = days[first + counts - 1] if len(unique) else days
    is_known = ~np.isnan(worths)
    is_known[first] = False
    known = np.bincount(of_customer, weights=is_known, minlength=len(unique))
    total = np.bincount(of_customer, weights=np.where(is_known, worths, 0.0), minlength=len(unique))
    return Histories(
        customers=unique,
        repeats=(counts - 1).astype(np.float64),
        recency=(last_day - first_day) / DAYS_A_WEEK,
        age=(through - first_day) / DAYS_A_WEEK,
        worth=np.divide(total, known, out=np.full(len(unique), np.nan), where=known > 0),
    )
