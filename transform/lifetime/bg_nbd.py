"""BG/NBD: how often customers buy, and after which purchase they stop for good.

Fader, Hardie and Lee, "Counting Your Customers" the Easy Way, Marketing Science 24 (2005) 275-284. While alive, a
customer buys as a Poisson process whose rate is gamma-distributed (r, alpha) over customers; after each repeat
purchase the customer stops with a probability that is beta-distributed (a, b). Times are weeks.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import betaln, gammaln, hyp2f1, psi

from transform.lifetime.histories import Floats, Histories

# Where customers do not differ, the likelihood rises for ever by less and less: the search ends at a coefficient of
# variation of 1/7 in how often they buy (r = 50), and at 1/10 or less in when they stop (a and b = 100).
_LOWEST, _HIGHEST = (1e-3, 1e-3, 1e-3, 1e-3), (50.0, 1e5, 100.0, 100.0)
_NEAR_ONE = 1e-6


@dataclass(frozen=True)
class BgNbd:
    """The four parameters, and the log-likelihood of the customers that they were fitted to."""

    r: float
    alpha: float
    a: float
    b: float
    log_likelihood: float

    def expected(self, weeks: Floats) -> Floats:
        """Repeat purchases of a new customer in the first `weeks`: E[X(t)] of the paper."""
        zeros = np.zeros_like(weeks)
        return self._purchases(zeros, zeros, weeks)

    def expected_next(self, past: Histories, weeks: float) -> Floats:
        """Purchases of each customer of `past` in the next `weeks`: E[Y(t) | x, t_x, T] of the paper."""
        purchases = self._purchases(past.repeats, past.age, np.full(len(past), weeks))
        return np.asarray(purchases * self.alive(past))

    def alive(self, past: Histories) -> Floats:
        """The probability that each customer of `past` has not stopped at its end."""
        x = past.repeats
        log_odds = (
            np.log(self.a)
            - np.log(self.b + np.maximum(x, 1) - 1)
            + (self.r + x) * (np.log(self.alpha + past.age) - np.log(self.alpha + past.recency))
        )
        return np.asarray(np.where(x > 0, 1 / (1 + np.exp(np.minimum(log_odds, 700))), 1.0))

    def _purchases(self, x: Floats, age: Floats, weeks: Floats) -> Floats:
        a = self.a if abs(self.a - 1) > _NEAR_ONE else 1 + _NEAR_ONE
        z = weeks / (self.alpha + age + weeks)
        sure = a + self.b + x - 1
        # As it is printed, the hypergeometric function overflows for a customer with many purchases; by Euler's
        # transformation it does not, but cancels where its first argument is below zero.
        if a + self.b - 1 >= self.r:
            rest = (1 - z) ** (a - 1) * hyp2f1(a + self.b - 1 - self.r, a - 1, sure, z)
        else:
            rest = (1 - z) ** (self.r + x) * hyp2f1(self.r + x, self.b + x, sure, z)
        return np.asarray(sure / (a - 1) * (1 - rest))


def fit(past: Histories) -> BgNbd | None:
    """The parameters with the highest likelihood; None where the search ends without a maximum."""
    low, high = np.log(_LOWEST), np.log(_HIGHEST)
    pace = float(np.mean(past.age)) / max(float(np.mean(past.repeats)), 1e-3)
    found = minimize(
        _negative,
        np.clip(np.log([1.0, pace, 1.0, 2.0]), low, high),
        args=(past,),
        jac=True,
        method="L-BFGS-B",
        bounds=list(zip(low, high, strict=True)),
        options={"maxiter": 500, "ftol": 1e-10, "gtol": 1e-6},
    )
    # A line search that cannot improve any more stops "abnormally" at a maximum too: the gradient tells.
    inside = (found.x > low) & (found.x < high)
    if not np.isfinite(found.fun) or np.max(np.abs(found.jac[inside]), initial=0.0) > 1e-3:
        return None
    r, alpha, a, b = (float(value) for value in np.exp(found.x))
    return BgNbd(r, alpha, a, b, -float(found.fun) * len(past))


def _negative(logs: Floats, past: Histories) -> tuple[float, Floats]:
    """Minus the mean log-likelihood, and its gradient by the logs of the parameters."""
    r, alpha, a, b = np.exp(logs)
    x, recency, age = past.repeats, past.recency, past.age
    bought = x > 0
    beyond = np.where(bought, b + x - 1, 1.0)
    alive = -(r + x) * np.log(alpha + age)
    stopped = np.where(bought, np.log(a) - np.log(beyond) - (r + x) * np.log(alpha + recency), -np.inf)
    either = np.logaddexp(alive, stopped)
    total = gammaln(r + x) - gammaln(r) + r * np.log(alpha) + betaln(a, b + x) - betaln(a, b) + either
    p_stopped = np.exp(stopped - either)
    p_alive = 1 - p_stopped
    by_r = psi(r + x) - psi(r) + np.log(alpha) - p_alive * np.log(alpha + age) - p_stopped * np.log(alpha + recency)
    by_alpha = r / alpha - (r + x) * (p_alive / (alpha + age) + p_stopped / (alpha + recency))
    by_a = psi(a + b) - psi(a + b + x) + p_stopped / a
    by_b = psi(a + b) - psi(a + b + x) + psi(b + x) - psi(b) - p_stopped / beyond
    gradient = np.array([np.mean(part) for part in (by_r, by_alpha, by_a, by_b)]) * np.exp(logs)
    return -float(np.mean(total)), -gradient
