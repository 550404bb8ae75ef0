"""Between the warehouse and the models: purchases from a relation, months to report, models from stored parameters."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np

from transform.lifetime.bg_nbd import BgNbd
from transform.lifetime.fitting import Purchases
from transform.lifetime.gamma_gamma import GammaGamma

MONTHS = 13
"""The newest complete month, and those before it down to the same month a year ago."""


def purchases_of(relation: Any) -> Purchases:
    """The rows of `int_customer_purchases`."""
    found = relation.project(
        "person_number, date_diff('day', date '0001-01-01', date_day) + 1 as day,"
        " coalesce(cast(gross_margin_amount as double), cast('nan' as double)) as worth"
    ).fetchnumpy()
    return Purchases(
        np.asarray(found["person_number"], dtype=np.int64),
        np.asarray(found["day"], dtype=np.int64),
        np.asarray(found["worth"], dtype=np.float64),
    )


def complete_months(as_of: date) -> list[date]:
    """The first days of the last 13 months that were over on `as_of`, oldest first."""
    running = as_of.year * 12 + as_of.month - 1
    return [date(month // 12, month % 12 + 1, 1) for month in range(running - MONTHS, running)]


def models_of(row: Mapping[str, Any]) -> tuple[BgNbd | None, GammaGamma | None]:
    """The models with the parameters of a row of `int_lifetime_fits`; none where the fit was refused."""
    if row["refusal"] is not None:
        return None, None
    return (
        BgNbd(*(row[name] for name in ("r", "alpha", "a", "b", "purchase_log_likelihood"))),
        GammaGamma(*(row[name] for name in ("p", "q", "gamma", "margin_log_likelihood"))),
    )
