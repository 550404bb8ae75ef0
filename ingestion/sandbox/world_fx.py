"""Euro reference rates: a random walk on the days on which the euro's settlement system is open."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from random import Random

# Units for one euro on the first day, daily deviation, and decimal places as published.
CURRENCIES = {
    "AUD": (1.78, 0.0045, 4),
    "CHF": (0.9350, 0.0025, 4),
    "GBP": (0.8710, 0.003, 5),
    "USD": (1.1620, 0.004, 4),
}
DAYS_BEFORE = 14


def easter(year: int) -> date:
    """Easter Sunday of the western churches (Butcher's rule)."""
    a, b, c = year % 19, year // 100, year % 100
    h = (19 * a + b - b // 4 - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    weekday = (32 + 2 * (b % 4) + 2 * (c // 4) - h - c % 4) % 7
    m = (a + 11 * h + 22 * weekday) // 451
    month, day = divmod(h + weekday - 7 * m + 114, 31)
    return date(year, month, day + 1)


def is_target_day(day: date) -> bool:
    """Whether a reference rate is set on `day`."""
    sunday = easter(day.year)
    closed = {sunday - timedelta(days=2), sunday + timedelta(days=1)}
    fixed = (day.month, day.day) in {(1, 1), (5, 1), (12, 25), (12, 26)}
    return day.weekday() < 5 and not fixed and day not in closed


def make_rates(rng: Random, start: date, today: date) -> dict[tuple[date, str], Decimal]:
    """(day, currency) -> units for one euro, from two weeks before `start`, so that its first days find a rate."""
    rates: dict[tuple[date, str], Decimal] = {}
    level = {currency: first for currency, (first, _, _) in CURRENCIES.items()}
    for offset in range(-DAYS_BEFORE, (today - start).days + 1):
        day = start + timedelta(days=offset)
        if not is_target_day(day):
            continue
        for currency, (first, deviation, places) in CURRENCIES.items():
            # A pull back to the first level keeps 400 days of chance plausible.
            step = rng.gauss(0, deviation) + 0.01 * (first / level[currency] - 1)
            level[currency] *= 1 + step
            rates[day, currency] = round(Decimal(level[currency]), places)
    return rates


def rate_on(rates: dict[tuple[date, str], Decimal], day: date, currency: str) -> Decimal:
    """Units of `currency` for one euro on `day`; a day without a rate carries the last one before it."""
    if currency == "EUR":
        return Decimal(1)
    for back in range(DAYS_BEFORE):
        rate = rates.get((day - timedelta(days=back), currency))
        if rate is not None:
            return rate
    raise KeyError(f"no {currency} rate within {DAYS_BEFORE} days before {day}")
