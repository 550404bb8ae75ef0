from __future__ import annotations

import pytest

from transform.kpi.format import describe_change, format_change, format_difference, format_value


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (1234.5, "currency", "1,234.50 EUR"),
        (13.125, "per_mille_currency", "13.12 EUR"),
        (-210.0, "currency", "-210.00 EUR"),
        (0.0342, "ratio", "3.4 %"),
        (0.0084, "ratio", "0.84 %"),
        (-1.0, "ratio", "-100.0 %"),
        (0.0, "ratio", "0.0 %"),
        (-0.00001, "currency", "0.00 EUR"),
        (2.14, "multiple", "2.1x"),
        (2.345, "number", "2.35"),
        (0.0, "months", "0 months"),
        (1.0, "months", "1 month"),
        (3.42, "months", "3.4 months"),
        (-0.04, "months", "0 months"),
        (41.26, "seconds", "41.3 s"),
        (27.44, "days", "27.4 days"),
        (40213.0, "count", "40,213"),
        (None, "currency", "n/a"),
    ],
)
def test_values_read_by_unit(value: float | None, unit: str, text: str) -> None:
    assert format_value(value, unit, "EUR") == text


def test_changes_carry_their_sign() -> None:
    assert [format_change(value) for value in (0.034, -0.5, 0.0, None)] == ["+3.4 %", "-50.0 %", "0.0 %", "n/a"]
    assert format_difference(0.021, "ratio", "EUR") == "+2.1 pp"
    assert format_difference(-3.5, "currency", "EUR") == "-3.50 EUR"
    assert format_difference(12.0, "count", "EUR") == "+12"


@pytest.mark.parametrize(
    ("value", "earlier", "unit", "direction", "expected"),
    [
        (90.0, 100.0, "currency", "down", ("▼", "-10.0 %", "better")),
        (0.062, 0.041, "ratio", "up", ("▲", "+2.1 pp", "better")),
        (0.0172, 0.0168, "ratio", "up", ("▲", "+2.4 %", "better")),
        (0.01, -0.392, "ratio", "up", ("▲", "+40.2 pp", "better")),
        (5.0, 0.0, "currency", "up", ("▲", "+5.00 EUR", "better")),
        (-20.0, -10.0, "currency", "up", ("▼", "-10.00 EUR", "worse")),
        (110.0, 100.0, "count", "band", ("▲", "+10.0 %", "")),
        (100.0, 100.0, "count", "up", ("=", "unchanged", "")),
        (0.0, 0.0, "count", "up", ("=", "unchanged", "")),
        (None, 1.0, "count", "up", ("", "", "")),
        (1.0, None, "count", "up", ("", "", "")),
    ],
)
def test_a_change_is_told_in_the_way_that_its_unit_allows(
    value: float | None, earlier: float | None, unit: str, direction: str, expected: tuple[str, str, str]
) -> None:
    assert describe_change(value, earlier, unit, direction, "EUR") == expected
