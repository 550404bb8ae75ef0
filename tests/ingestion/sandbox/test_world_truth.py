"""Truth over a business of a handful of facts, every number worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from ingestion.sandbox.model import AdConversion, AdDay, Contact, Deal, Session, Visitor, World
from ingestion.sandbox.truth import truth
from ingestion.sandbox.world_catalog import ACCOUNTS, BRAND_DE, CAMPAIGNS, OWNERS, PROSPECTING, STAGES

NOW = datetime(2026, 2, 1, 3, 0, tzinfo=UTC)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def contact(number: str, created: str, **more: object) -> Contact:
    at = moment(created)
    blank = Contact(
        number, None, f"{number}@firm.example", "Germany", at, at, None, None, None, "OFFLINE", None, None, at,
        None, None, None, None,
    )  # fmt: skip
    return replace(blank, **more)  # type: ignore[arg-type]


def deal(number: str, contact_id: str, closed: str | None, amount: str, **more: object) -> Deal:
    at = moment(closed) if closed else None
    won = Deal(
        number, contact_id, moment("2026-01-02"), at or moment("2026-01-03"), at,
        "closedwon" if at else "contractsent", at is not None, at is not None, Decimal(amount), "EUR",
        Decimal("10.00"), "71001",
    )  # fmt: skip
    return replace(won, **more)  # type: ignore[arg-type]


def ad_day(campaign: object, day: date, micros: int) -> AdDay:
    one = BRAND_DE if campaign is BRAND_DE else PROSPECTING
    return AdDay(one.platform, one.account_id, one.campaign_id, day, "MOBILE", 100, 1, micros, 80)


@pytest.fixture
def small() -> World:
    seen, refused = (Visitor(f"{n}.1", "DE", "MOBILE", n == 1, 1767610800, 0) for n in (1, 2))
    # 5 January 2026, 12:00 in Berlin.
    visits = (
        Session(0, 1, 1767610800, 7, "CjONE", 1, True, 0, False, 0, 0),
        Session(1, 1, 1767610800, 7, "CjTWO", 1, True, 0, False, 0, 0),
    )
    return World(
        seed=0,
        start=date(2026, 1, 1),
        today=date(2026, 2, 1),
        manager_id="1",
        accounts=ACCOUNTS,
        campaigns=CAMPAIGNS,
        ad_days=(
            ad_day(BRAND_DE, date(2026, 1, 30), 1_230_000),
            ad_day(BRAND_DE, date(2026, 1, 31), 2_000_000),
            ad_day(BRAND_DE, date(2026, 2, 1), 9_000_000),
            ad_day(PROSPECTING, date(2026, 1, 30), 500_000),
            # At 03:00 UTC it is still 31 January in New York.
            ad_day(PROSPECTING, date(2026, 1, 31), 7_000_000),
        ),
        clicks=(),
        ad_conversions=(),
        contacts=(
            contact("1", "2026-01-05T11:00", ga_client_id="1.1", visitor=0, merged_ids=("90", "91")),
            # 23:30 UTC of 31 January is February in Berlin.
            contact("2", "2026-01-31T23:30", gclid="CjTWO", visitor=1),
            contact("3", "2026-01-10T11:00", is_archived=True),
            contact("4", "2026-02-01T04:00"),
        ),
        deals=(
            deal("11", "1", "2026-01-20T10:00", "100.10"),
            deal("12", "1", "2026-01-31T23:15", "50.00", currency="CHF"),
            deal("13", "2", "2026-01-31T22:30", "25.00"),
            deal("14", "2", "2026-01-31T22:40", "25.00", is_archived=True),
            deal("15", "2", None, "999.00"),
            deal("16", "1", "2026-01-21T10:00", "999.00", is_won=False, stage="closedlost"),
            deal("17", "1", "2026-02-01T05:00", "999.00"),
        ),
        stages=STAGES,
        owners=OWNERS,
        fx_rates={(date(2026, 1, 30), "CHF"): Decimal("0.8")},
        visitors=(seen, refused),
        sessions={date(2026, 1, 5): visits},
    )


def test_truth_by_hand(small: World) -> None:
    known = truth(small, NOW)
    assert known["spend"] == {
        "google_ads": {"2000000001": {"2026-01": "3.23"}},
        "meta_ads": {"3000000001": {"2026-01": "0.50"}},
    }
    assert known["leads"] == {"2026-01": 1, "2026-02": 1}
    assert known["won_deals"] == {"2026-01": 2, "2026-02": 1}
    assert known["revenue"] == {"2026-01": {"EUR": "125.10"}, "2026-02": {"CHF": "50.00"}}
    assert known["gross_margin"] == {"2026-01": {"EUR": "20.00"}, "2026-02": {"CHF": "10.00"}}
    assert known["new_customers"] == {"2026-01": 2}
    assert (known["customers"], known["repeat_customers"]) == (2, 1)
    assert known["merged_contacts"] == 2
    # One browser with consent; contact 1 is linked to it, contact 2's click was without consent.
    assert (known["browsers"], known["persons"]) == (1, 2)
    assert known["sessions"] == {"2026-01": 1}


def claim(deal_id: str, day: date, value: str, **more: object) -> AdConversion:
    """What Google claims for a deal, by a click of 5 January."""
    ids = (BRAND_DE.platform, BRAND_DE.account_id, BRAND_DE.campaign_id)
    told = AdConversion(*ids, "purchase", date(2026, 1, 5), day, moment("2026-01-31"), Decimal(value), deal_id)
    return replace(told, **more)  # type: ignore[arg-type]


def test_why_claims_differ_by_hand(small: World) -> None:
    # Deal 11 is Google's alone and nobody claims it; deal 12 came after it, without another visit.
    assert truth(small, NOW)["gap_causes"] == {"unexplained": {"2026-01-19": [-1.0, -100.1]}}
    claims = (
        claim("11", date(2026, 1, 20), "100.10"),
        # 50 francs are 62.50 euros
        claim("12", date(2026, 1, 31), "60.00"),
        # deal 13 is of somebody who gave no consent
        claim("13", date(2026, 1, 31), "25.00"),
        claim("13", date(2026, 1, 31), "25.00", reported_at=moment("2026-02-02")),
    )
    nothing = [0.0, 0.0]
    known = truth(replace(small, ad_conversions=claims), NOW)["gap_causes"]
    told = {
        cause: {week: numbers for week, numbers in weeks.items() if numbers != nothing}
        for cause, weeks in known.items()
    }
    assert {cause: weeks for cause, weeks in told.items() if weeks} == {
        "click_date": {"2026-01-05": [3.0, 0.0], "2026-01-19": [-1.0, 0.0], "2026-01-26": [-2.0, 0.0]},
        "attribution_window": {"2026-01-26": [1.0, 62.5]},
        "no_consent": {"2026-01-26": [1.0, 25.0]},
        "currency": {"2026-01-26": [0.0, -2.5]},
    }


def test_truth_follows_the_clock(small: World) -> None:
    known = truth(small, moment("2026-02-03"))
    assert known["leads"] == {"2026-01": 1, "2026-02": 2}
    assert known["spend"]["google_ads"]["2000000001"] == {"2026-01": "3.23", "2026-02": "9.00"}
    assert known["spend"]["meta_ads"]["3000000001"] == {"2026-01": "7.50"}
    assert known["won_deals"]["2026-02"] == 2
