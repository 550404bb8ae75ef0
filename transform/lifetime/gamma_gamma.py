"""Gamma-Gamma: what a purchase of each customer is worth.

Fader and Hardie, "The Gamma-Gamma Model of Monetary Value" (2013). Worths of one customer's purchases are
gamma-distributed (p, nu), and nu is gamma-distributed (q, gamma) over customers, independent of how often they buy.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import gammaln, psi

from transform.lifetime.histories import Floats, Histories

_BOUND = 12.0


@dataclass(frozen=True)
class GammaGamma:
    """The three parameters, and the log-likelihood of the customers that they were fitted to."""

    p: float
    q: float
    gamma: float
    log_likelihood: float

    @property
    def mean(self) -> float:
        """The worth of a purchase of a customer of whom nothing is known."""
        return self.p * self.gamma / (self.q - 1)

    def expected(self, past: Histories) -> Floats:
        """The worth of one purchase of each customer: a weighted mean of their own and of all."""
        usable = is_usable(past)
        x, worth = np.where(usable, past.repeats, 0.0), np.where(usable, past.worth, 0.0)
        return np.asarray(self.p * (self.gamma + x * worth) / (self.p * x + self.q - 1))


def is_usable(past: Histories) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Customers whose repeat purchases have a worth that is known and above zero, as the model needs it."""
    return np.asarray((past.repeats > 0) & (np.nan_to_num(past.worth, nan=0.0) > 0))


def fit(past: Histories) -> GammaGamma | None:
    """The parameters with the highest likelihood, of the customers that are usable.

    None where the search ends without a maximum, or at one without a mean (q of 1 or less).
    """
    known = past.only(is_usable(past))
    scale = float(np.mean(known.worth))
    found = minimize(
        _negative,
        np.log([2.0, 3.0, 1.0]),
        args=(known.repeats, known.worth / scale),
        jac=True,
        method="L-BFGS-B",
        bounds=[(-_BOUND, _BOUND)] * 3,
        options={"maxiter": 500, "ftol": 1e-11, "gtol": 1e-6},
    )
    if not np.isfinite(found.fun) or np.max(np.abs(found.jac)) > 1e-3:
        return None
    p, q, gamma = (float(value) for value in np.exp(found.x))
    if q <= 1:
        return None
    # a density of worths in other units is lower by their ratio
    return GammaGamma(p, q, gamma * scale, -float(found.fun) * len(known) - len(known) * float(np.log(scale)))


def _negative(logs: Floats, x: Floats, worth: Floats) -> tuple[float, Floats]:
    """Minus the mean log of the density of a customer's mean worth, and its gradient by the logs of the parameters."""
    p, q, gamma = np.exp(logs)
    both = gamma + x * worth
    total = (
        gammaln(p * x + q)
        - gammaln(p * x)
        - gammaln(q)
        + q * np.log(gamma)
        + (p * x - 1) * np.log(worth)
        + p * x * np.log(x)
        - (p * x + q) * np.log(both)
    )
    by_p = x * (psi(p * x + q) - psi(p * x) + np.log(worth) + np.log(x) - np.log(both))
    by_q = psi(p * x + q) - psi(q) + np.log(gamma) - np.log(both)
    by_gamma = q / gamma - (p * x + q) / both
    gradient = np.array([np.mean(part) for part in (by_p, by_q, by_gamma)]) * np.exp(logs)
    return -float(np.mean(total)), -gradient
