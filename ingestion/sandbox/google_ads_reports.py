"""The rows behind Google Ads' resources: accounts, campaigns, clicks and conversion actions of the simulated business.

Conversions count on the click's day and appear as the clock passes the moment at which the platform learnt of them, so
that past days grow. Two actions are primary, lead form and closed deal (imported from the CRM); a brochure download is
secondary and shows in `all_conversions` only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple

from ingestion.sandbox.gaql import Query, QueryError
from ingestion.sandbox.google_ads_entities import ACTIONS, NETWORKS, Action, campaign_row, click_row, customer_row
from ingestion.sandbox.google_ads_fields import ACTION_SEGMENTS, IMPRESSION_SHARE
from ingestion.sandbox.google_ads_parts import WHOLE, Part, drawn, parts_of, shared
from ingestion.sandbox.google_ads_share import planted_share, reported_share
from ingestion.sandbox.intraday import delivered, local_day
from ingestion.sandbox.model import Account, AdConversion, AdDay, Click, World

CLICK_VIEW_DAYS = 90
DAILY_HISTORY_MONTHS = 37
CLICKS_PER_DOWNLOAD = 25


@dataclass
class _Sums:
    impressions: int = 0
    clicks: int = 0
    cost_micros: int = 0
    conversions: float = 0.0
    conversions_value: float = 0.0
    all_conversions: float = 0.0
    all_conversions_value: float = 0.0
    search_impressions: int = 0
    eligible: float = 0.0
    by_date: list[float] = field(default_factory=lambda: [0.0, 0.0, 0.0, 0.0])

    def add_conversion(self, action: Action, count: int, value: float, *, by_conversion_date: bool) -> None:
        primary = bool(ACTIONS[action]["primary"])
        if by_conversion_date:
            for place, amount in enumerate((count * primary, value * primary, count, value)):
                self.by_date[place] += amount
            return
        self.conversions += count * primary
        self.conversions_value += value * primary
        self.all_conversions += count
        self.all_conversions_value += value

    def as_row(self) -> dict[str, Any]:
        return {
            "metrics.impressions": self.impressions,
            "metrics.clicks": self.clicks,
            IMPRESSION_SHARE: reported_share(self.search_impressions, self.eligible),
            "metrics.cost_micros": self.cost_micros,
            "metrics.interactions": self.clicks,
            "metrics.engagements": 0,
            "metrics.view_through_conversions": 0,
            "metrics.ctr": self.clicks / self.impressions if self.impressions else 0.0,
            "metrics.average_cpc": self.cost_micros / self.clicks if self.clicks else 0.0,
            "metrics.conversions": self.conversions,
            "metrics.conversions_value": round(self.conversions_value, 6),
            "metrics.all_conversions": self.all_conversions,
            "metrics.all_conversions_value": round(self.all_conversions_value, 6),
            "metrics.conversions_by_conversion_date": self.by_date[0],
            "metrics.conversions_value_by_conversion_date": round(self.by_date[1], 6),
            "metrics.all_conversions_by_conversion_date": self.by_date[2],
            "metrics.all_conversions_value_by_conversion_date": round(self.by_date[3], 6),
        }


class _Fact(NamedTuple):
    """What happened to a campaign on a day and device: delivery, or conversions of an action."""

    campaign_id: str
    day: date
    device: str
    impressions: int = 0
    clicks: int = 0
    cost_micros: int = 0
    action: Action | None = None
    conversions: int = 0
    value: float = 0.0
    by_conversion_date: bool = False
    draw: int | None = None
    """Decides which part of the campaign a single conversion belongs to."""


class AccountReports:
    """One client account's rows."""

    def __init__(self, world: World, account: Account) -> None:
        self.account = account
        self._last_day = world.today
        self.campaigns = [c for c in world.campaigns if c.account_id == account.account_id]
        self._days = [d for d in world.ad_days if _belongs(d, account)]
        self._conversions = [c for c in world.ad_conversions if _belongs(c, account)]
        self._clicks: dict[date, list[Click]] = {}
        for click in world.clicks:
            if _belongs(click, account):
                self._clicks.setdefault(click.day, []).append(click)
        self._devices: dict[str, list[str]] = {}
        for day in self._days:
            devices = self._devices.setdefault(day.campaign_id, [])
            if day.device not in devices:
                devices.append(day.device)

    def today(self, now: datetime) -> date:
        """The account's date at `now`."""
        return local_day(now, self.account.time_zone)

    def report(self, query: Query, now: datetime) -> Iterator[dict[str, Any]]:
        """Rows of a resource with metrics, one a combination of the selected segments; unfiltered but by date."""
        segments = tuple(name for name in query.select if name.startswith("segments."))
        metrics = tuple(name for name in query.select if name.startswith("metrics."))
        by_action = bool(ACTION_SEGMENTS & set(segments))
        networks = {c.campaign_id: NETWORKS.get(c.channel_type, "SEARCH") for c in self.campaigns}
        parts = {c.campaign_id: parts_of(query.resource, c, self.account) for c in self.campaigns}
        entities: dict[tuple[str, int], dict[str, Any]] = {
            (campaign_id, number): part.row for campaign_id, found in parts.items() for number, part in enumerate(found)
        }
        if query.resource == "customer":
            entities = {("", 0): customer_row(self.account)}
        groups: dict[tuple[tuple[str, int], tuple[Any, ...]], _Sums] = {}
        if not segments:
            groups = {(entity, ()): _Sums() for entity in entities}
        for fact in self._facts(now, *query.date_range()):
            if by_action and fact.action is None:
                continue
            split = tuple(_segment(name, fact, networks, self.account.account_id) for name in segments)
            for number, piece in _divided(fact, parts[fact.campaign_id]):
                entity = ("", 0) if query.resource == "customer" else (fact.campaign_id, number)
                sums = groups.setdefault((entity, split), _Sums())
                if piece.action is not None:
                    sums.add_conversion(
                        piece.action, piece.conversions, piece.value, by_conversion_date=piece.by_conversion_date
                    )
                else:
                    sums.impressions += piece.impressions
                    sums.clicks += piece.clicks
                    sums.cost_micros += piece.cost_micros
                    if networks[fact.campaign_id] == "SEARCH":
                        sums.search_impressions += piece.impressions
                        sums.eligible += piece.impressions / planted_share(fact.campaign_id, fact.day)
        for (entity, split), sums in groups.items():
            row = sums.as_row()
            # As the vendor does: a segmented row whose selected metrics are all zero is left out.
            if not segments or not metrics or any(row[name] for name in metrics):
                yield {**entities[entity], **dict(zip(segments, split, strict=True)), **row}

    def _facts(self, now: datetime, first: date | None, last: date | None) -> Iterator[_Fact]:
        first, last = first or date.min, last or date.max
        days = (day for day in self._days if first <= day.day <= last)
        for day in delivered(days, now, self.account.time_zone, self._last_day):
            device = day.device.upper()
            yield _Fact(day.campaign_id, day.day, device, day.impressions, day.clicks, day.cost_micros)
            if downloads := day.clicks // CLICKS_PER_DOWNLOAD:
                fact = _Fact(day.campaign_id, day.day, device, action="download", conversions=downloads)
                yield fact
                yield fact._replace(by_conversion_date=True)
        today = self.today(now)
        for index, found in enumerate(self._conversions):
            if found.reported_at > now or found.click_day > today:
                continue
            devices = self._devices.get(found.campaign_id) or ["DESKTOP"]
            device, value = devices[index % len(devices)].upper(), float(found.value_local)
            fact = _Fact(
                found.campaign_id, found.click_day, device, action=found.action, conversions=1, value=value, draw=index
            )
            if first <= found.click_day <= last:
                yield fact
            if first <= found.conversion_day <= last:
                yield fact._replace(day=found.conversion_day, by_conversion_date=True)

    def clicks(self, query: Query, now: datetime) -> Iterator[dict[str, Any]]:
        """Rows of `click_view` for exactly one day. Raises QueryError for more days or one too long ago."""
        first, last = query.date_range()
        if first is None or last is None:
            raise _unbounded()
        if first != last:
            raise QueryError("DATE_RANGE_TOO_WIDE", "Click view queries are limited to one day.", "segments.date")
        if (self.today(now) - first).days > CLICK_VIEW_DAYS:
            text = f"Click view is only available for the last {CLICK_VIEW_DAYS} days."
            raise _date_error("INVALID_DATE", text, first)
        campaigns = {c.campaign_id: c for c in self.campaigns}
        customer = customer_row(self.account)
        for click in self._clicks.get(first, ()):
            if click.clicked_at <= now:
                yield (
                    customer
                    | campaign_row(campaigns[click.campaign_id])
                    | click_row(click, campaigns[click.campaign_id])
                )

    def check_dates(self, query: Query, now: datetime) -> None:
        """Raise QueryError where a date segment lacks a finite range, or daily rows are asked beyond 37 months."""
        first, last = query.date_range()
        if "segments.date" in query.select and (first is None or last is None):
            raise _unbounded()
        if first and last and last < first:
            raise _date_error("START_DATE_AFTER_END_DATE", "The start date is after the end date.", first)
        months = self.today(now).year * 12 + self.today(now).month - 1 - DAILY_HISTORY_MONTHS
        oldest = date(months // 12, months % 12 + 1, min(self.today(now).day, 28))
        if "segments.date" in query.select and first and first < oldest:
            raise _date_error(
                "REQUESTED_DATE_GRANULARITY_NOT_SUPPORTED",
                f"Data of this granularity is only available for the last {DAILY_HISTORY_MONTHS} months.",
                first,
            )


def _divided(fact: _Fact, parts: list[Part]) -> Iterator[tuple[int, _Fact]]:
    """The fact by the parts of its campaign: numbers by their shares, a single conversion whole to one of them."""
    if len(parts) == 1 and parts[0].tenths == WHOLE:
        yield 0, fact
    elif fact.draw is not None:
        number = drawn(fact.draw, parts)
        if number is not None:
            yield number, fact
    else:
        numbers = (fact.impressions, fact.clicks, fact.cost_micros, fact.conversions)
        shares = zip(*(shared(amount, parts) for amount in numbers), strict=True)
        for number, (impressions, clicks, cost_micros, conversions) in enumerate(shares):
            if impressions or clicks or cost_micros or conversions:
                yield (
                    number,
                    fact._replace(
                        impressions=impressions, clicks=clicks, cost_micros=cost_micros, conversions=conversions
                    ),
                )


def _belongs(fact: AdDay | AdConversion | Click, account: Account) -> bool:
    return fact.platform == "google_ads" and fact.account_id == account.account_id


def _segment(name: str, fact: _Fact, networks: dict[str, str], account_id: str) -> Any:
    match name:
        case "segments.date":
            return fact.day.isoformat()
        case "segments.device":
            return fact.device
        case "segments.ad_network_type":
            return networks[fact.campaign_id]
    action = ACTIONS[fact.action] if fact.action else {}
    if name == "segments.conversion_action":
        return f"customers/{account_id}/conversionActions/{action['id']}"
    return action["name" if name.endswith("_name") else "category"]


def _unbounded() -> QueryError:
    text = "Expects filters on the following field to limit a finite date range: 'segments.date'"
    return QueryError("EXPECTED_FILTERS_ON_DATE_RANGE", text, "segments.date")


def _date_error(code: str, text: str, day: date) -> QueryError:
    return QueryError(code, text, day.isoformat(), kind="dateRangeError")


def select_rows(rows: Iterable[dict[str, Any]], query: Query) -> list[dict[str, Any]]:
    """`rows` after WHERE (dates are the report's business), ORDER BY and LIMIT."""
    conditions = [c for c in query.where if c.field != "segments.date"]
    kept = [row for row in rows if all(condition.holds(row) for condition in conditions)]
    for name, descending in reversed(query.order_by):
        kept.sort(key=lambda row: (row.get(name) is not None, row.get(name)), reverse=descending)
    return kept[: query.limit]
