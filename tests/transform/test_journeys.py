"""Journeys and attribution of the hand-made world."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.transform.conftest import Built


def journey(built: Built, contact: str) -> list[tuple[object, ...]]:
    return built.rows(
        "select touchpoint_number, touchpoint_type, channel, stage, conversion_id, conversion_type, value"
        " from marts.fct_customer_journey as journey"
        " inner join marts.bridge_person_identifier as bridge using (person_id)"
        f" where identifier_value = '{contact}' order by touched_at, touchpoint_number"
    )


def test_journey_of_a_customer_who_came_back(built: Built) -> None:
    first, repeat = ("901", "first_purchase"), ("902", "repeat_purchase")
    assert journey(built, "501") == [
        (1, "session", "Paid Search", "awareness", *first, None),
        (2, "session", "Direct", "consideration", *first, None),
        # the form is of the direct visit, the lead is the person's and goes by its first touch
        (3, "form_submission", "Direct", "conversion", *first, None),
        (4, "lead", "Paid Search", "conversion", *first, None),
        (5, "stage_change", "Paid Search", "conversion", *first, None),
        (6, "session", "Email", "consideration", *first, None),
        (7, "won_deal", "Paid Search", "conversion", *first, Decimal(300)),
        (1, "session", "Direct", "loyalty", *repeat, None),
        # 100 CHF at 0.8
        (2, "won_deal", "Paid Search", "loyalty", *repeat, Decimal(125)),
    ]


def test_open_journey(built: Built) -> None:
    assert journey(built, "503") == [
        (1, "session", "Organic Social", "awareness", None, None, None),
        (2, "lead", "Organic Social", "conversion", None, None, None),
        (3, "stage_change", "Organic Social", "conversion", None, None, None),
    ]


def test_visits_before_the_look_back_are_no_touchpoints(built: Built) -> None:
    assert journey(built, "505") == [
        (1, "session", "Referral", "consideration", "904", "first_purchase", None),
        (2, "lead", "Organic Search", "conversion", "904", "first_purchase", None),
        (3, "won_deal", "Organic Search", "conversion", "904", "first_purchase", Decimal(50)),
        (1, "lead", "Organic Search", "loyalty", "file_drop:D1", "repeat_purchase", None),
        (2, "won_deal", "Organic Search", "loyalty", "file_drop:D1", "repeat_purchase", Decimal(40)),
    ]


def test_days_to_conversion(built: Built) -> None:
    # from 9 January 10:00 to 10 February 12:00
    assert built.rows("select days_to_conversion from marts.fct_customer_journey where session_id = '111.1.1'") == [
        (pytest.approx(32 + 2 / 24),)
    ]


@pytest.mark.parametrize(
    ("order", "model", "expected"),
    [
        ("901", "first", [("Paid Search", 1.0, "300", "100")]),
        ("901", "last", [("Email", 1.0, "300", "100")]),
        (
            "901",
            "linear",
            # the last touch carries the millionth that three thirds of 100 leave
            [
                ("Paid Search", 1 / 3, "100", "33.333333"),
                ("Direct", 1 / 3, "100", "33.333333"),
                ("Email", 1 / 3, "100", "33.333334"),
            ],
        ),
        ("902", "linear", [("Direct", 1.0, "125", None)]),
        ("903", "linear", [("(unattributed)", 1.0, "100", "10")]),
        ("903", "first", [("(unattributed)", 1.0, "100", "10")]),
        ("904", "first", [("Referral", 1.0, "50", "20")]),
    ],
)
def test_attribution(built: Built, order: str, model: str, expected: list[tuple[str, float, str, str | None]]) -> None:
    rows = built.rows(
        "select attribution.channel, weight, credited_value, credited_gross_margin"
        " from marts.fct_attribution as attribution left join marts.fct_customer_journey using (touchpoint_id)"
        f" where attribution.conversion_id = '{order}' and model = '{model}' order by touched_at"
    )
    assert rows == [
        (channel, pytest.approx(weight), Decimal(value), None if margin is None else Decimal(margin))
        for channel, weight, value, margin in expected
    ]


def test_orders(built: Built) -> None:
    assert built.rows(
        "select order_id, date_day::varchar, revenue_amount, gross_margin_amount, order_number, channel"
        " from marts.fct_orders order by won_at, order_id"
    ) == [
        ("903", "2026-01-12", Decimal(100), Decimal(10), 1, "(unattributed)"),
        ("904", "2026-02-01", Decimal(50), Decimal(20), 1, "Organic Search"),
        ("901", "2026-02-10", Decimal(300), Decimal(100), 1, "Paid Search"),
        ("906", "2026-02-15", Decimal(10), None, 1, "(unattributed)"),
        ("907", "2026-02-20", Decimal(10), None, 2, "(unattributed)"),
        ("file_drop:D1", "2026-03-01", Decimal(40), None, 2, "Organic Search"),
        # half past midnight in Berlin
        ("902", "2026-03-06", Decimal(125), None, 2, "Paid Search"),
    ]
