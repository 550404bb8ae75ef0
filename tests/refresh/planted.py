"""What every KPI comes to, worked out from the simulated business itself: no mart, no SQL, no answer of a vendor's API.

Here is what adds up over days; `planted_states` has the rest.
"""

from __future__ import annotations

import csv
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from zoneinfo import ZoneInfo

from ingestion.sandbox.claim_truth import LOOKBACK, told_claims
from ingestion.sandbox.control import DEFAULT_NOW
from ingestion.sandbox.events import export_version, session_events
from ingestion.sandbox.google_ads_share import planted_share, reported_share
from ingestion.sandbox.meta_insights import LINK_CLICK_PERCENT
from ingestion.sandbox.model import Contact, Deal, Session, World
from ingestion.sandbox.search_console import FINAL_AFTER
from ingestion.sandbox.social import posts
from ingestion.sandbox.truth import contacts_at, deals_at, first_purchases, sessions_in_export, won_deals
from ingestion.sandbox.world_catalog import TOUCHES
from ingestion.sandbox.world_fx import rate_on
from ingestion.sandbox.world_search import BRAND_PATTERN, SEARCH_ZONE, searches
from ingestion.sandbox.world_time import midnight
from transform.kpi.meta import Grain
from transform.kpi.periods import shift, start_of

BERLIN = ZoneInfo("Europe/Berlin")
MATURITY = timedelta(days=90)
Days = Mapping[date, float]
Sides = dict[date, tuple[float, float | None]]
"""Numerator and denominator by the first day of the period."""

# What is counted and is no KPI: sums over days.
METRICS = (
    "spend", "impressions", "likes", "page_views", "sessions", "organic_sessions",
    "leads", "marketing_qualified_leads", "sales_qualified_leads",
)  # fmt: skip
# A day without any lead is a day with none of them; of other days without a row nothing is said.
ZERO_WITHOUT = ("leads", "marketing_qualified_leads", "sales_qualified_leads")
# KPIs that are sums over days: numerator, denominator.
RATIOS: dict[str, tuple[str, str | None]] = {
    **{metric: (metric, None) for metric in METRICS},
    "cost_per_mille": ("spend", "impressions"),
    "click_through_rate": ("clicks", "impressions"),
    "cost_per_click": ("spend", "clicks"),
    "cost_per_lead": ("spend", "leads"),
    "customer_acquisition_cost": ("marketing_cost", "new_customers"),
    "spend_match_rate": ("matched_spend", "spend"),
    "brand_search_volume": ("brand_impressions", None),
    "new_visitors": ("first_visits", None),
    "engagement_rate": ("engaged_sessions", "sessions"),
    "bounce_rate": ("bounced_sessions", "sessions"),
    "conversion_rate": ("converting_sessions", "sessions"),
    "landing_page_conversion_rate": ("converting_sessions", "sessions"),
    "pages_per_session": ("page_views", "sessions"),
    "average_engagement_seconds": ("engagement_seconds", "sessions"),
    "tracked_consent_rate": ("consented_events", "events"),
    "social_engagement_rate": ("interactions", "audience"),
    "win_rate": ("won", "closed"),
    "average_deal_value": ("revenue", "won"),
    "lead_to_customer_rate": ("mature_leads_won", "mature_leads"),
    "net_promoter_score": ("net_promoters", "answers"),
    "search_impression_share": ("search_impressions", "possible_impressions"),
    "platform_roas": ("claimed_value", "spend"),
    "cost_per_acquisition": ("spend", "paid_credit"),
    "return_on_ad_spend": ("paid_revenue", "spend"),
    "return_on_investment": ("marketing_profit", "marketing_cost"),
    "attribution_coverage": ("touched_revenue", "revenue"),
    "conversion_reconciliation_gap": ("excess_claims", "paid_credit"),
}


class Planted:
    """The business as it was at `now`; `inbox` holds its spreadsheets."""

    def __init__(self, world: World, inbox: Path, now: datetime = DEFAULT_NOW) -> None:
        self.world = world
        self.now = now
        self.today = now.astimezone(BERLIN).date()
        self._inbox = inbox
        self._days: dict[str, dict[date, float]] = defaultdict(lambda: defaultdict(float))
        self._parts: dict[str, dict[str, dict[date, float]]] = defaultdict(
            lambda: defaultdict(lambda: defaultdict(float))
        )
        self.won = won_deals(world, now)
        self._ads()
        self._visits()
        self._crm()
        self._credits()
        self._files()

    def sums(self, name: str, grain: Grain) -> Days:
        """What `name` comes to in each period with any."""
        found: dict[date, float] = defaultdict(float)
        for day, number in self._days[name].items():
            found[start_of(day, grain)] += number
        return found

    def ratio(self, kpi: str, grain: Grain) -> Sides:
        """Numerator and denominator of a KPI of `RATIOS` in each period in which the denominator is not 0."""
        above, below = RATIOS[kpi]
        numerators = self.sums(above, grain)
        if below is None:
            zeros = self.periods(grain, self.world.start) if kpi in ZERO_WITHOUT else ()
            return {start: (numerators.get(start, 0.0), None) for start in {*zeros, *numerators}}
        return {
            start: (numerators.get(start, 0.0), number) for start, number in self.sums(below, grain).items() if number
        }

    def by_campaign(self, name: str, grain: Grain) -> dict[tuple[str, date], float]:
        """What `name` comes to in each period and campaign with any, of what a campaign is known for."""
        found: dict[tuple[str, date], float] = defaultdict(float)
        for campaign, days in self._parts[name].items():
            for day, number in days.items():
                found[campaign, start_of(day, grain)] += number
        return found

    def periods(self, grain: Grain, since: date) -> Iterator[date]:
        """First days of the periods from the one of a day to today's."""
        start = start_of(since, grain)
        while start <= self.today:
            yield start
            start = shift(start, grain, 1)

    def _add(self, name: str, day: date, number: float = 1.0, campaign: str = "") -> None:
        self._days[name][day] += number
        if campaign:
            self._parts[name][campaign][day] += number

    def euros(self, amount: Decimal, currency: str, day: date) -> float:
        """At the rate of the day; today's is not set yet in the morning."""
        return float(amount / rate_on(self.world.fx_rates, min(day, self.today - timedelta(days=1)), currency))

    def _ads(self) -> None:
        accounts = {one.account_id: one for one in self.world.accounts}
        seen = {
            (campaign.campaign_id, day)
            for day, session in self._sessions
            if (campaign := TOUCHES[session.touch].campaign) is not None
        }
        searching = {one.campaign_id for one in self.world.campaigns if one.channel_type == "SEARCH"}
        for row in self.world.ad_days:
            account = accounts[row.account_id]
            if row.day >= self.now.astimezone(ZoneInfo(account.time_zone)).date():
                continue
            euros = self.euros(Decimal(row.cost_micros) / 1_000_000, account.currency, row.day)
            self._add("spend", row.day, euros, row.campaign_id)
            self._add("marketing_cost", row.day, euros)
            self._add("marketing_profit", row.day, -euros)
            self._add("impressions", row.day, row.impressions, row.campaign_id)
            is_meta = account.platform == "meta_ads"
            # Meta's clicks are those on the link
            clicks = row.clicks * LINK_CLICK_PERCENT // 100 if is_meta else row.clicks
            self._add("clicks", row.day, clicks, row.campaign_id)
            if row.campaign_id in searching and row.impressions:
                share = reported_share(row.impressions, row.impressions / planted_share(row.campaign_id, row.day))
                self._add("search_impressions", row.day, row.impressions)
                self._add("possible_impressions", row.day, row.impressions / (share or 1))
            near = (row.day + timedelta(days=apart) for apart in (-1, 0, 1))
            self._add("matched_spend", row.day, euros if any((row.campaign_id, day) in seen for day in near) else 0.0)
        for claim, _ in told_claims(self.world, self.now):
            currency = accounts[claim.account_id].currency
            worth = self.euros(claim.value_local, currency, claim.click_day)
            self._add("claimed_value", claim.click_day, worth, claim.campaign_id)
            self._add("excess_claims", claim.click_day)

    @cached_property
    def _sessions(self) -> list[tuple[date, Session]]:
        return list(sessions_in_export(self.world, self.now))

    def _visits(self) -> None:
        first_seen: dict[int, date] = {}
        for day, session in self._sessions:
            first_seen[session.visitor] = min(day, first_seen.get(session.visitor, day))
            events = list(self._exported(session))
            names = Counter(event["event_name"] for event in events)
            self._add("sessions", day)
            self._add("organic_sessions", day, TOUCHES[session.touch].channel.startswith("Organic "))
            self._add("engaged_sessions" if session.is_engaged else "bounced_sessions", day)
            self._add("converting_sessions", day, bool(names["generate_lead"]))
            self._add("page_views", day, names["page_view"])
            self._add("engagement_seconds", day, sum(map(_seconds, events)))
        for day in first_seen.values():
            self._add("first_visits", day)
        for sessions in self.world.sessions.values():
            for session in sessions:
                for event in self._exported(session):
                    day = _day_of(event)
                    self._add("events", day)
                    self._add("consented_events", day, self.world.visitors[session.visitor].has_consent)

    def _exported(self, session: Session) -> Iterator[dict[str, object]]:
        """The events of a visit in tables that exist, and that had been rewritten often enough to hold it."""
        for event in session_events(self.world, session):
            version = export_version(self.world, _day_of(event), self.now)
            if version is not None and session.late_days <= version:
                yield event

    def _crm(self) -> None:
        for deal in self.won:
            day = closed_day(deal)
            self._add("won", day)
            self._add("revenue", day, self.euros(deal.amount, deal.currency, day))
        for deal in deals_at(self.world, self.now):
            if deal.is_closed and deal.closed_at and deal.closed_at <= self.now:
                self._add("closed", closed_day(deal))
        first = first_purchases(self.won)
        for moment in first.values():
            self._add("new_customers", moment.astimezone(BERLIN).date())
        for contact in self.contacts:
            day = contact.created_at.astimezone(BERLIN).date()
            self._add("leads", day)
            for stage, at in (("marketing", contact.mql_at), ("sales", contact.sql_at)):
                if at is not None and at <= self.now:
                    self._add(f"{stage}_qualified_leads", at.astimezone(BERLIN).date())
            if day + MATURITY <= self.today:
                bought = first.get(contact.contact_id)
                self._add("mature_leads", day + MATURITY)
                is_won = bought is not None and bought < contact.created_at + MATURITY
                self._add("mature_leads_won", day + MATURITY, is_won)

    def _credits(self) -> None:
        """Each sale in equal parts to the visits of 90 days before it, back to the sale before."""
        visits: dict[int, list[tuple[datetime, int]]] = defaultdict(list)
        for _, session in self._sessions:
            visits[session.visitor].append((datetime.fromtimestamp(session.started_at, UTC), session.touch))
        visitor = {one.contact_id: one.visitor for one in self.contacts}
        before: dict[str, datetime] = {}
        for deal in self.won:
            assert deal.closed_at is not None
            opens = max(deal.closed_at - LOOKBACK, before.get(deal.contact_id, deal.closed_at - LOOKBACK))
            before[deal.contact_id] = deal.closed_at
            known = visits.get(-1 if (own := visitor[deal.contact_id]) is None else own, [])
            path = [TOUCHES[touch] for at, touch in known if opens <= at <= deal.closed_at]
            if not path:
                continue
            day = closed_day(deal)
            worth, margin = (self.euros(one, deal.currency, day) for one in (deal.amount, deal.gross_margin))
            paid = sum(touch.campaign is not None for touch in path) / len(path)
            worked_for = sum(touch.channel not in ("Direct", "Unassigned") for touch in path) / len(path)
            self._add("touched_revenue", day, worth)
            for touch in path:
                if touch.campaign is not None:
                    self._add("paid_credit", day, 1 / len(path), touch.campaign.campaign_id)
                    self._add("paid_revenue", day, worth / len(path), touch.campaign.campaign_id)
            self._add("excess_claims", day, -paid)
            self._add("marketing_profit", day, margin * worked_for)

    @cached_property
    def contacts(self) -> list[Contact]:
        """Those that the CRM holds, one a person."""
        return contacts_at(self.world, self.now)

    def _files(self) -> None:
        for row in self.rows("costs"):
            day = date.fromisoformat(row["date"])
            euros = self.euros(Decimal(row["cost"]), row["currency"], day)
            self._add("marketing_cost", day, euros)
            self._add("marketing_profit", day, -euros)
            if row["clicks"]:
                self._add("spend", day, euros, row["campaign"])
                self._add("clicks", day, int(row["clicks"]), row["campaign"])
                self._add("impressions", day, int(row["impressions"]), row["campaign"])
        for row in self.rows("surveys"):
            day, score = datetime.fromisoformat(row["submitted_at"]).astimezone(BERLIN).date(), int(row["score"])
            self._add("answers", day)
            self._add("net_promoters", day, (score >= 9) - (score <= 6))
        for post in posts(self.world, self.now):
            day = post.published_at.astimezone(BERLIN).date()
            self._add("interactions", day, post.interactions)
            self._add("audience", day, post.audience)
            self._add("likes", day, post.likes)
        brand = re.compile(BRAND_PATTERN)
        day = self.world.start
        while midnight(day + timedelta(days=1), SEARCH_ZONE) + FINAL_AFTER <= self.now:
            for found in searches(self.world, day):
                if found.query and brand.search(found.query):
                    self._add("brand_impressions", day, found.impressions)
            day += timedelta(days=1)

    def rows(self, name: str) -> Iterable[dict[str, str]]:
        """Those of a spreadsheet of the inbox."""
        with (self._inbox / f"{name}.csv").open(encoding="utf-8", newline="") as source:
            yield from csv.DictReader(source)


def _day_of(event: Mapping[str, object]) -> date:
    return datetime.fromtimestamp(int(str(event["event_timestamp"])) / 1_000_000, UTC).astimezone(BERLIN).date()


def _seconds(event: Mapping[str, object]) -> float:
    params = event["event_params"]
    assert isinstance(params, list)
    found = next((one["value"] for one in params if one["key"] == "engagement_time_msec"), None)
    return int(found["int_value"]) / 1000 if found else 0.0


def closed_day(deal: Deal) -> date:
    assert deal.closed_at is not None
    return deal.closed_at.astimezone(BERLIN).date()
