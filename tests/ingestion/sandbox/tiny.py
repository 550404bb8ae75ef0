"""A business so small that every expected value can be worked out by hand, and a server for one vendor over it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.routing import BaseRoute

from ingestion.sandbox.control import Control
from ingestion.sandbox.model import (
    Account,
    AdConversion,
    AdDay,
    Campaign,
    Click,
    Contact,
    Deal,
    Owner,
    Stage,
    World,
)

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
DE, CH, META = "2000000001", "2000000002", "3000000001"
SHARED = Path(__file__).parents[3].parent / "shared"


def fixture_file(path: str) -> Path:
    """A vendor's contract from the reference material; the test is skipped where that is not at hand."""
    file = SHARED / "fixtures" / path
    if not file.exists():
        pytest.skip(f"the vendors' contracts are not at hand: {file}")
    return file


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _campaign(account: str, campaign_id: str, name: str, channel: str, kind: str) -> Campaign:
    platform = "meta_ads" if account == META else "google_ads"
    keyword = "larkspur" if kind == "SEARCH" else ""
    return Campaign(
        platform, account, campaign_id, name, channel, kind, "x", "cpc", f"{campaign_id}1", f"{campaign_id}2", keyword,
        1.0,
    )  # fmt: skip


def _day(account: str, campaign: str, day: str, device: str, numbers: tuple[int, int, int, int]) -> AdDay:
    platform = "meta_ads" if account == META else "google_ads"
    return AdDay(platform, account, campaign, date.fromisoformat(day), device, *numbers)


def _claim(account: str, campaign: str, action: Any, when: tuple[str, str, str], value: str) -> AdConversion:
    platform = "meta_ads" if account == META else "google_ads"
    click, conversion, reported = when
    days = date.fromisoformat(click), date.fromisoformat(conversion)
    return AdConversion(platform, account, campaign, action, *days, utc(reported), Decimal(value))


def tiny_contact(contact_id: str, created: str, **more: Any) -> Contact:
    """A contact made offline, which became a lead as it was created; `more` replaces fields."""
    values: dict[str, Any] = {
        "visitor": None, "email": f"c{contact_id}@firm.example", "country": "Germany", "created_at": utc(created),
        "updated_at": utc(created), "ga_client_id": None, "gclid": None, "fbclid": None,
        "analytics_source": "OFFLINE", "analytics_source_data_1": None, "analytics_source_data_2": None,
        "lead_at": utc(created), "mql_at": None, "sql_at": None, "opportunity_at": None, "customer_at": None,
    }  # fmt: skip
    return Contact(contact_id=contact_id, **(values | more))


def tiny_world() -> World:
    """Two Google accounts, one Meta account, four contacts, three deals, rates of three days."""
    google_days = (
        # Impressions, clicks, cost in micros, reach.
        _day(DE, "111", "2026-11-20", "MOBILE", (1000, 30, 12_340_000, 0)),
        _day(DE, "111", "2026-11-20", "DESKTOP", (500, 50, 20_010_000, 0)),
        _day(DE, "111", "2026-11-21", "MOBILE", (200, 4, 1_000_000, 0)),
        _day(DE, "112", "2026-11-21", "DESKTOP", (300, 3, 990_000, 0)),
        _day(DE, "111", "2026-11-23", "MOBILE", (10, 1, 250_000, 0)),
        _day(CH, "211", "2026-11-20", "MOBILE", (70, 7, 7_770_000, 0)),
    )
    meta_days = (
        _day(META, "311", "2026-11-20", "MOBILE", (4000, 40, 53_390_000, 3000)),
        _day(META, "311", "2026-11-20", "DESKTOP", (1000, 5, 10_000_000, 800)),
        _day(META, "312", "2026-11-20", "MOBILE", (500, 2, 1_500_000, 400)),
        _day(META, "311", "2026-11-21", "MOBILE", (100, 1, 100_000, 90)),
    )
    claims = (
        _claim(DE, "111", "lead", ("2026-11-20", "2026-11-20", "2026-11-20T12:00:00"), "0"),
        _claim(DE, "111", "purchase", ("2026-11-20", "2026-11-22", "2026-11-22T20:00:00"), "1500.50"),
        _claim(DE, "111", "lead", ("2026-11-20", "2026-11-24", "2026-11-24T09:00:00"), "0"),
        _claim(META, "311", "lead", ("2026-11-20", "2026-11-22", "2026-11-22T12:00:00"), "0"),
        _claim(META, "311", "purchase", ("2026-11-20", "2026-11-21", "2026-11-21T12:00:00"), "149.70"),
        _claim(META, "311", "purchase", ("2026-11-20", "2026-12-05", "2026-12-05T12:00:00"), "100.00"),
    )
    clicks = (
        Click("google_ads", DE, "111", date(2026, 11, 20), utc("2026-11-20T09:00:00"), "Cj0A", 1, "MOBILE", "DE"),
        Click("google_ads", DE, "112", date(2026, 11, 20), utc("2026-11-20T10:00:00"), "Cj0B", 2, "DESKTOP", "AT"),
        Click("google_ads", DE, "111", date(2026, 8, 1), utc("2026-08-01T10:00:00"), "Cj0C", 3, "DESKTOP", "DE"),
    )
    contacts = (
        tiny_contact(
            "501", "2026-11-01T09:12:00", gclid="Cj0A", ga_client_id="12.34", analytics_source="PAID_SEARCH",
            analytics_source_data_1="Brand", analytics_source_data_2="larkspur", merged_ids=("401", "402"),
            mql_at=utc("2026-11-05T08:00:00"), sql_at=utc("2026-11-06T08:00:00"),
            opportunity_at=utc("2026-11-07T08:00:00"), customer_at=utc("2026-11-20T10:00:00"),
            updated_at=utc("2026-11-20T10:00:00"),
        ),
        tiny_contact("504", "2026-11-10T10:00:00", fbclid="IwAR1", analytics_source="PAID_SOCIAL"),
        tiny_contact("507", "2026-11-12T10:00:00", is_archived=True, updated_at=utc("2026-11-15T10:00:00")),
        tiny_contact("510", "2026-11-24T10:00:00"),
    )  # fmt: skip
    deals = (
        Deal("901", "501", utc("2026-11-07T08:00:00"), utc("2026-11-20T10:00:00"), utc("2026-11-20T10:00:00"),
             "closedwon", True, True, Decimal("1500.50"), "EUR", Decimal("600.20"), "71"),
        Deal("908", "501", utc("2026-11-18T08:00:00"), utc("2026-11-25T10:00:00"), utc("2026-11-25T10:00:00"),
             "closedlost", True, False, Decimal("90.00"), "CHF", Decimal("30.00"), "72"),
        Deal("915", "504", utc("2026-11-18T09:00:00"), utc("2026-11-19T10:00:00"), None,
             "qualified", False, False, Decimal("10.00"), "EUR", Decimal("3.00"), "71", is_archived=True),
    )  # fmt: skip
    rates = {
        (date(2026, 11, 19), "USD"): Decimal("1.1650"),
        (date(2026, 11, 20), "USD"): Decimal("1.1700"),
        (date(2026, 11, 23), "USD"): Decimal("1.1710"),
        (date(2026, 11, 20), "CHF"): Decimal("0.9310"),
    }
    return World(
        seed=1,
        start=date(2026, 11, 1),
        today=date(2026, 11, 23),
        manager_id="1000000001",
        accounts=(
            Account("google_ads", DE, "Larkspur DE", "EUR", "Europe/Berlin"),
            Account("google_ads", CH, "Larkspur CH", "CHF", "Europe/Zurich"),
            Account("meta_ads", META, "Larkspur Social", "USD", "America/New_York"),
        ),
        campaigns=(
            _campaign(DE, "111", "Brand", "Paid Search", "SEARCH"),
            _campaign(DE, "112", "PMax", "Cross-network", "PERFORMANCE_MAX"),
            _campaign(CH, "211", "Brand CH", "Paid Search", "SEARCH"),
            _campaign(META, "311", "Prospecting", "Paid Social", "OUTCOME_LEADS"),
            _campaign(META, "312", "Retargeting", "Paid Social", "OUTCOME_LEADS"),
        ),
        ad_days=google_days + meta_days,
        clicks=clicks,
        ad_conversions=claims,
        contacts=contacts,
        deals=deals,
        stages=(
            Stage("qualified", "Qualified", 0, False, "0.2"),
            Stage("proposal", "Proposal", 1, False, "0.6"),
            Stage("closedwon", "Closed won", 2, True, "1.0"),
            Stage("closedlost", "Closed lost", 3, True, "0.0"),
        ),
        owners=(
            Owner("71", "mv@firm.example", "Miriam", "Vogt"),
            Owner("72", "pl@firm.example", "Petra", "Lang", is_archived=True),
        ),
        fx_rates=rates,
    )


@dataclass
class Served:
    """A vendor's routes behind a real HTTP server, and the control that steers them."""

    url: str
    control: Control
    world: World = field(repr=False)


@contextmanager
def served(routes: Callable[[World, Control], Sequence[BaseRoute]], world: World) -> Iterator[Served]:
    """Serve `routes` over `world` on a free loopback port."""
    control = Control(now=NOW)
    config = uvicorn.Config(Starlette(routes=list(routes(world, control))), port=0, log_level="warning", lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield Served(f"http://127.0.0.1:{port}", control, world)
    finally:
        server.should_exit = True
        thread.join(timeout=10)
