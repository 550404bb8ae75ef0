"""BG/NBD and Gamma-Gamma against published numbers, integrals and customers who were drawn from them."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import beta

from transform.lifetime import bg_nbd, gamma_gamma
from transform.lifetime.bg_nbd import BgNbd
from transform.lifetime.fitting import Purchases, expected_repeats, fit, hold_out
from transform.lifetime.gamma_gamma import GammaGamma
from transform.lifetime.histories import Histories, histories
from transform.lifetime.reporting import customer_columns, fit_row, months
from transform.lifetime.tables import complete_months

# Fader, Hardie and Lee (2005), Table 2; Fader and Hardie (2013), section 5
CDNOW = BgNbd(r=0.243, alpha=4.414, a=0.793, b=2.426, log_likelihood=-9582.4)
WORTH = GammaGamma(p=6.25, q=3.74, gamma=15.44, log_likelihood=0.0)


def of(*customers: tuple[float, float, float, float]) -> Histories:
    """Histories of (repeats, recency, age, worth)."""
    table = np.array(customers, dtype=float).T
    return Histories(np.arange(len(customers)), *table)


def drawn(customers: int, *, weeks: int = 60, seed: int = 5) -> Purchases:
    """Customers of BG/NBD with r 0.8, alpha 6, a 0.7, b 2.5, whose purchases are worth 30 to 60 on average."""
    rng = np.random.default_rng(seed)
    numbers, days = [], []
    for number in range(customers):
        day = float(rng.integers(0, 84))
        rate, stops = rng.gamma(0.8, 1 / 6) / 7, rng.beta(0.7, 2.5)
        while day < weeks * 7:
            numbers.append(number)
            days.append(int(day))
            if len(days) > 1 and numbers[-2:] == [number, number] and rng.random() < stops:
                break
            day += 1 + rng.exponential(1 / rate)
    worths = rng.uniform(30, 60, customers)[numbers] * rng.gamma(4, 1 / 4, len(numbers))
    return Purchases(np.array(numbers), np.array(days), worths)


def test_purchases_become_histories() -> None:
    found = histories(
        np.array([7, 3, 7, 7, 3, 7]),
        np.array([100, 110, 114, 114, 400, 107]),
        np.array([9.0, 5.0, 2.0, 4.0, 1.0, np.nan]),
        through=135,
    )
    assert found.customers.tolist() == [3, 7]
    # customer 3 bought once up to the day; customer 7 on days 100, 107 and twice on 114
    assert found.repeats.tolist() == [0, 2]
    assert found.recency.tolist() == [0, 2]
    assert found.age.tolist() == [25 / 7, 5]
    # the two of day 114 are one purchase of 6; what day 107 was worth is unknown
    assert np.isnan(found.worth[0])
    assert found.worth[1] == 6


def test_a_published_customer_is_expected_to_buy_what_was_published() -> None:
    # Fader, Hardie and Lee, "Implementing the BG/NBD Model for Customer Base Analysis in Excel" (2005): 2 repeat
    # purchases, the last after 30.43 of 38.86 weeks: 1.226 in the next 39 weeks
    assert CDNOW.expected_next(of((2, 30.43, 38.86, 0)), 39)[0] == pytest.approx(1.226, abs=1e-3)


@pytest.mark.parametrize(
    "model", [CDNOW, BgNbd(40, 900, 20, 90, 0), BgNbd(50, 100, 0.5, 0.3, 0), BgNbd(0.2, 3, 1, 4, 0)]
)
@pytest.mark.parametrize("weeks", [4.0, 52.0, 400.0])
def test_expected_purchases_are_the_integral_over_all_customers(model: BgNbd, weeks: float) -> None:
    # of a customer who buys at a rate L and stops with probability p: (1 - exp(-L p t)) / p
    def of_stopping(p: float) -> float:
        return float((1 - (model.alpha / (model.alpha + p * weeks)) ** model.r) / p * beta.pdf(p, model.a, model.b))

    expected = quad(of_stopping, 0, 0.5, limit=500)[0] + quad(of_stopping, 0.5, 1, limit=500)[0]
    assert model.expected(np.array([weeks]))[0] == pytest.approx(expected, rel=1e-4)


def test_customers_who_never_stop_keep_their_pace_and_are_alive() -> None:
    model = BgNbd(r=2, alpha=4, a=1e-7, b=1, log_likelihood=0)
    past = of((6, 5, 8, 0), (0, 0, 8, 0))
    assert model.alive(past) == pytest.approx([1, 1], abs=1e-4)
    # (r + x) / (alpha + T) a week
    assert model.expected_next(past, 3) == pytest.approx([2.0, 0.5], rel=1e-4)


def test_a_purchase_is_worth_a_mean_of_the_own_ones_and_of_all() -> None:
    # 6.25 * 15.44 / 2.74 for a customer without a repeat purchase, or with one of unknown or no worth
    assert WORTH.mean == pytest.approx(35.219, abs=1e-3)
    found = WORTH.expected(of((0, 0, 9, np.nan), (3, 4, 9, np.nan), (3, 4, 9, -2), (2, 4, 9, 22.345)))
    assert found[:3] == pytest.approx([WORTH.mean] * 3)
    # 6.25 * (15.44 + 44.69) / (12.5 + 2.74)
    assert found[3] == pytest.approx(24.660, abs=1e-3)


@pytest.mark.parametrize("model", [bg_nbd, gamma_gamma])
def test_gradients_are_those_of_the_likelihoods(model: object) -> None:
    past = drawn(60).through(60 * 7)
    known = past.only(gamma_gamma.is_usable(past))
    arguments = (past,) if model is bg_nbd else (known.repeats, known.worth)
    negative = model._negative  # type: ignore[attr-defined]
    at = np.log([0.7, 5.0, 0.8, 2.0][: 4 if model is bg_nbd else 3])
    step = 1e-6
    numeric = [
        (negative(at + step * unit, *arguments)[0] - negative(at - step * unit, *arguments)[0]) / (2 * step)
        for unit in np.eye(len(at))
    ]
    assert negative(at, *arguments)[1] == pytest.approx(numeric, rel=1e-4, abs=1e-7)


def test_a_fit_expects_what_was_bought_and_what_is_bought_next() -> None:
    purchases = drawn(3000)
    past = purchases.through(60 * 7)
    found = fit(past)
    assert found.refusal is None
    assert found.purchases is not None
    assert found.worth is not None
    assert expected_repeats(found.purchases, past) == pytest.approx(found.repeats, rel=0.05)
    # uniform over 30 to 60
    assert found.worth.mean == pytest.approx(45, rel=0.05)
    held = hold_out(purchases, 60 * 7)
    assert held is not None
    assert held.expected == pytest.approx(held.actual, rel=0.15)


def test_too_little_is_refused_with_what_is_needed() -> None:
    assert fit(drawn(300, weeks=20).through(20 * 7 - 7)).refusal == "19 weeks of purchases; 26 are needed"
    few = drawn(40).through(60 * 7)
    assert fit(few).refusal == f"{np.sum(few.repeats > 0)} customers bought again; 100 are needed"
    many = drawn(400)
    unknown = Purchases(many.customers, many.days, np.full(len(many.days), np.nan))
    refusal = "0 customers have repeat purchases with a known gross margin above 0; 100 are needed"
    assert fit(unknown.through(60 * 7)).refusal == refusal


def test_a_month_knows_nothing_of_what_came_after_it() -> None:
    first = date(2025, 1, 1).toordinal()
    bought = drawn(400)
    purchases = Purchases(bought.customers, bought.days + first, bought.worths)
    wanted = complete_months(date(2026, 2, 1))
    assert (wanted[0], wanted[-1], len(wanted)) == (date(2025, 1, 1), date(2026, 1, 1), 13)
    cut = purchases.days <= date(2025, 10, 31).toordinal()
    earlier = Purchases(purchases.customers[cut], purchases.days[cut], purchases.worths[cut])
    (october,) = months(purchases, wanted[9:10])
    (known_then,) = months(earlier, wanted[9:10])
    row = fit_row(october, purchases, with_holdout=True)
    assert row == fit_row(known_then, earlier, with_holdout=True)
    assert row["fitted_through"] == "2025-10-31"
    assert row["refusal"] is None
    assert row["holdout_expected_purchases"] > 0
    # a month before anybody bought has no row, and a refused one nothing to expect
    assert list(months(purchases, [date(2024, 12, 1)])) == []
    assert np.isnan(customer_columns(october.past, None, None)["expected_margin"]).all()
