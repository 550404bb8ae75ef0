from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from dashboards.words import Words, names_of_months

NARROW, WIDE = "\N{NARROW NO-BREAK SPACE}", "\N{NO-BREAK SPACE}"


# By CLDR: common/main/en_GB.xml, fr.xml and it.xml, numbers and dates.
@pytest.mark.parametrize(
    ("language", "shown"),
    [
        ("en", ("€1,234.50", "3.4%", "1,000,000", "26 Oct–1 Nov 2026", "Sun 22 Nov 2026")),
        ("fr", ("1_234,50 €", "3,4_%", "1_000_000", "26 oct.–1 nov. 2026", "dim. 22 nov. 2026")),
        ("it", ("1.234,50 €", "3,4%", "1.000.000", "26 ott–01 nov 2026", "dom 22 nov 2026")),
    ],
)
def test_each_language_has_its_own_numbers_and_dates(language: str, shown: tuple[str, ...]) -> None:
    words = Words(language, "EUR")
    found = (
        words.value(1234.5, "currency").replace(NARROW, "_").replace(WIDE, " "),
        words.value(0.034, "ratio").replace(NARROW, "_").replace(WIDE, "_"),
        words.value(1_000_000, "count").replace(NARROW, "_"),
        words.period("week", date(2026, 10, 26), date(2026, 11, 1)),
        words.period("day", date(2026, 11, 22), date(2026, 11, 22)),
    )
    assert found == shown


def test_a_currency_without_a_sign_keeps_its_code_and_its_distance() -> None:
    assert Words("en", "CHF").money(-1234567) == f"-CHF{WIDE}1,234,567"
    assert Words("it", "CHF").money(0.004, 2) == f"0,00{WIDE}CHF"


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.0034, "ratio", "0.34%"),
        (-0.00001, "ratio", "0.00%"),
        (2.14, "multiple", "2.1×"),
        (2.345678, "number", "2.35"),
        (41.26, "seconds", f"41.3{WIDE}s"),
        (27.44, "days", f"27.4{WIDE}days"),
        (0.0, "months", f"0{WIDE}months"),
        (1.0, "months", f"1{WIDE}month"),
        (3.42, "months", f"3.4{WIDE}months"),
        (None, "currency", "n/a"),
    ],
)
def test_a_value_shows_the_digits_of_its_unit(value: float | None, unit: str, text: str) -> None:
    assert Words("en", "EUR").value(value, unit) == text


def test_shares_change_in_points_and_money_in_per_cent() -> None:
    words = Words("fr", "EUR")
    assert words.change(0.015, 0.012, "ratio", "up") == ("▲", f"+0,3{WIDE}pts", "better")
    assert words.change(90.0, 100.0, "currency", "down") == ("▼", f"-10,0{WIDE}%", "better")
    assert words.change(5.0, -5.0, "currency", "up") == ("▲", f"+10,00{WIDE}€", "better")
    assert words.change(None, 1.0, "currency", "up") == ("", "", "")


def test_months_and_moments_are_named() -> None:
    assert [Words(language, "EUR").month(date(2026, 11, 1)) for language in ("en", "fr", "it")] == [
        "November 2026", "novembre 2026", "novembre 2026",
    ]  # fmt: skip
    assert names_of_months("it")[0] == "gen"
    assert Words("en", "EUR").moment(datetime(2026, 11, 23, 8, tzinfo=UTC)) == "23 Nov 2026, 08:00 UTC"
