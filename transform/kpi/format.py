"""Values as people read them, by unit; the terminal and the pages use the same."""

from __future__ import annotations

from typing import NamedTuple

ABSENT = "n/a"
# Changes below this share of the value before are noise of rounding.
_SAME = 0.0005
# The smallest difference of shares that a tenth of a percentage point can show.
_POINT = 0.0005
_SUFFIXES = {"seconds": "s", "hours": "h", "days": "days"}


class ChangeText(NamedTuple):
    """A change in words: arrow, text and verdict ('better', 'worse' or empty)."""

    arrow: str
    text: str
    verdict: str


def format_value(value: float | None, unit: str, currency: str) -> str:
    """1234.5 currency -> '1,234.50 EUR', 0.034 ratio -> '3.4 %', 2.14 multiple -> '2.1x', 1234 count -> '1,234'.

    2.345 number -> '2.35', 41.26 seconds -> '41.3 s', 8.04 hours -> '8.0 h', 27.44 days -> '27.4 days',
    3 months -> '3 months', 3.42 months -> '3.4 months'.
    """
    if value is None:
        return ABSENT
    if unit in ("currency", "per_mille_currency"):
        return f"{_unsigned_zero(value, 2):,.2f} {currency}"
    if unit == "ratio":
        return _percent(value)
    if unit == "multiple":
        return f"{_unsigned_zero(value, 1):,.1f}x"
    if unit == "number":
        return f"{_unsigned_zero(value, 2):,.2f}"
    if unit == "months":
        # those of a window are a mean, those of a single value are whole
        number = _unsigned_zero(value, 1)
        return f"{number:,.{0 if number == int(number) else 1}f} {'month' if number == 1 else 'months'}"
    if unit in _SUFFIXES:
        return f"{_unsigned_zero(value, 1):,.1f} {_SUFFIXES[unit]}"
    return f"{_unsigned_zero(value, 0):,.0f}"


def describe_absence(reason: str, numerator: str | None, denominator: str | None) -> str:
    """Why a value is NULL, in words: `reason` is its null_reason."""
    unknown = "is not known: its source is not connected, or gave nothing"
    return {
        "no_data": "nothing was recorded",
        "zero_denominator": f"{denominator} is 0, so that there is nothing to divide by",
        "missing_denominator": f"{denominator} {unknown}",
        "missing_numerator": f"{numerator} {unknown}",
        "not_yet": "there are cases, and what is asked has not happened to them yet",
    }.get(reason, reason.replace("_", " "))


def format_change(relative: float | None) -> str:
    """A relative change with its sign: 0.034 -> '+3.4 %'."""
    if relative is None:
        return ABSENT
    text = _percent(relative)
    return text if text.startswith("-") or relative == 0 else f"+{text}"


def format_difference(value: float | None, unit: str, currency: str) -> str:
    """An absolute change with its sign; between two ratios in percentage points."""
    if value is None:
        return ABSENT
    text = f"{_unsigned_zero(value * 100, 1):,.1f} pp" if unit == "ratio" else format_value(value, unit, currency)
    return text if text.startswith("-") or value == 0 else f"+{text}"


def describe_change(value: float | None, earlier: float | None, unit: str, direction: str, currency: str) -> ChangeText:
    """What became of `earlier`: an arrow, the change, and for a KPI that should rise or fall whether that is good.

    Two shares differ in percentage points, everything else relatively; from zero or from a loss on no relative
    change means anything, so there it is the difference. All empty where there is nothing to compare.
    """
    if value is None or earlier is None:
        return ChangeText("", "", "")
    difference = value - earlier
    if abs(difference) <= abs(earlier) * _SAME:
        return ChangeText("=", "unchanged", "")
    if reads_in_points(difference, unit) or earlier <= 0:
        text = format_difference(difference, unit, currency)
    else:
        text = format_change(difference / earlier)
    arrow = "▲" if difference > 0 else "▼"
    if direction not in ("up", "down"):
        return ChangeText(arrow, text, "")
    return ChangeText(arrow, text, "better" if (difference > 0) == (direction == "up") else "worse")


def reads_in_points(difference: float, unit: str) -> bool:
    """Whether a change is told in percentage points: that of a share, unless it rounds to 0.0 of them."""
    return unit == "ratio" and abs(difference) >= _POINT


def _percent(fraction: float) -> str:
    percent = fraction * 100
    # Below one percent a single decimal hides what happens to a click-through rate.
    decimals = 2 if 0 < abs(percent) < 1 else 1
    return f"{_unsigned_zero(percent, decimals):,.{decimals}f} %"


def _unsigned_zero(value: float, decimals: int) -> float:
    """Rounded, without the minus sign that a small negative number keeps when it is rounded to zero."""
    return round(value, decimals) + 0.0
