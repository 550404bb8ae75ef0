"""Visitors, their visits, and which of these became a lead: the planted causes of conversion."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import accumulate
from random import Random

from ingestion.sandbox.model import Session, Visitor
from ingestion.sandbox.world_catalog import (
    ACCOUNTS,
    BING,
    BRAND_CH,
    BRAND_DE,
    CAMPAIGN_TOUCH,
    CONSENT_REFUSED,
    COUNTRIES,
    DEVICES,
    ORGANIC,
    PROPERTY_ZONE,
    PROSPECTING,
    TOUCHES,
    is_paused,
    touch_weights,
)
from ingestion.sandbox.world_time import day_clock

VISITORS_PER_DAY = 108
# The chance that one visit by an organic touch, by somebody who never came before, ends with the form sent.
BASE_CHANCE = 0.034
# Every earlier visit by another touch makes a lead likelier, up to three of them.
SEQUENCE_GAIN = 0.3
# Whoever was reached by prospecting and then comes by search: the ad worked though another channel is seen last.
SYNERGY_GAIN = 1.8
RETURNS = 0.31
COMES_AGAIN = 0.46
HIGHEST_CHANCE = 0.6

WEEKDAYS = (1.12, 1.2, 1.16, 1.1, 0.95, 0.44, 0.52)
MONTHS = (1.12, 1.02, 1.06, 0.98, 0.95, 0.9, 0.76, 0.74, 1.08, 1.12, 1.2, 0.86)
HOURS = (4, 2, 1, 1, 2, 6, 18, 42, 78, 96, 100, 94, 78, 86, 94, 92, 84, 66, 48, 42, 44, 42, 28, 12)

_SEARCH = {ORGANIC, BING, CAMPAIGN_TOUCH[BRAND_DE], CAMPAIGN_TOUCH[BRAND_CH]}
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


@dataclass
class Visit:
    """A visit before it is numbered and dressed up."""

    visitor: int
    started_at: int
    touch: int
    click_id: str
    lead_at: int = 0


@dataclass
class People:
    """Everybody who came by the end of `today`, with all visits."""

    rng: Random
    start: date
    today: date
    now: int
    visitors: list[Visitor] = field(default_factory=list)
    visits: dict[int, list[Visit]] = field(default_factory=dict)
    leads: list[int] = field(default_factory=list)
    """Visitors who sent the form, in order of their first visit."""

    def __post_init__(self) -> None:
        self.days = (self.today - self.start).days + 1
        self.clock = day_clock(PROPERTY_ZONE, self.start, self.days + 1)
        self.account_clocks = {
            # America lags behind: its days start one before the property's.
            account.account_id: day_clock(account.time_zone, self.start - timedelta(days=1), self.days + 2)
            for account in ACCOUNTS
        }
        self.hours = list(accumulate(HOURS))
        self.weights = {
            country: tuple(list(accumulate(weights)) for weights in touch_weights(country)) for country in COUNTRIES
        }
        self._touches = range(len(TOUCHES))

    @property
    def horizon(self) -> int:
        return self.clock.midnights[self.days]

    def moment(self, day_index: int) -> int:
        """A time of that day, as the hours of a business go."""
        hour = self.rng.choices(range(24), cum_weights=self.hours)[0]
        return self.clock.midnights[day_index] + hour * 3600 + int(self.rng.random() * 3600)

    def touch(self, country: str, known: int, moment: int) -> int:
        """A touch for a visit at `moment`: 0 first, 1 return, 2 return of a lead; paused campaigns give way."""
        choice: int = self.rng.choices(self._touches, cum_weights=self.weights[country][known])[0]
        campaign = TOUCHES[choice].campaign
        if campaign is not None and is_paused(campaign, self.account_clocks[campaign.account_id].day(moment)):
            return ORGANIC
        return choice

    def add_visit(self, visitor: int, moment: int, touch: int) -> Visit:
        """One more visit of `visitor`."""
        campaign = TOUCHES[touch].campaign
        visit = Visit(visitor, moment, touch, click_id(self.rng, campaign.platform) if campaign else "")
        self.visits.setdefault(visitor, []).append(visit)
        return visit

    def come_back(self, visitor: int, moment: int) -> None:
        """A visit of somebody whom sales already knows, at about `moment`; none after the world's end."""
        index = self.clock.index(moment)
        if index >= self.days:
            return
        at = max(self.moment(index), moment)
        if at < self.horizon:
            self.add_visit(visitor, at, self.touch(self.visitors[visitor].country, 2, at))


def click_id(rng: Random, platform: str) -> str:
    """A click id in the shape of the platform's."""
    bits = rng.getrandbits(240)
    text = "".join(_ALPHABET[bits >> shift & 63] for shift in range(0, 240, 6))
    return f"Cj0KCQ{text}_wcB" if platform == "google_ads" else f"IwAR{text}"


def invite_everybody(rng: Random, start: date, today: date, now: int) -> People:
    """Everybody's visits up to and including the one that made them a lead."""
    people = People(rng, start, today, now)
    countries, country_weights = list(COUNTRIES), list(accumulate(COUNTRIES.values()))
    devices, device_weights = list(DEVICES), list(accumulate(DEVICES.values()))
    for index in range(people.days):
        day = start + timedelta(days=index)
        growth = 0.9 + 0.2 * index / people.days
        expected = VISITORS_PER_DAY * WEEKDAYS[day.weekday()] * MONTHS[day.month - 1] * growth
        for _ in range(max(0, round(rng.gauss(expected, expected**0.5)))):
            country = rng.choices(countries, cum_weights=country_weights)[0]
            device = rng.choices(devices, cum_weights=device_weights)[0]
            moment = people.moment(index)
            touch = people.touch(country, 0, moment)
            visitor = len(people.visitors)
            client_id = f"{1_000_000_000 + rng.getrandbits(30)}.{moment}"
            people.visitors.append(Visitor(client_id, country, device, rng.random() >= CONSENT_REFUSED, moment, touch))
            _journey(people, visitor, index, moment, touch)
    return people


def _journey(people: People, visitor: int, index: int, moment: int, touch: int) -> None:
    rng = people.rng
    country = people.visitors[visitor].country
    seen: list[int] = []
    while True:
        visit = people.add_visit(visitor, moment, touch)
        if moment < people.now and rng.random() < lead_chance(seen, touch):
            visit.lead_at = moment + 40 + int(rng.expovariate(1 / 180))
            if visit.lead_at < people.now:
                people.leads.append(visitor)
            else:
                visit.lead_at = 0
            return
        seen.append(touch)
        if rng.random() >= (RETURNS if len(seen) == 1 else COMES_AGAIN) or len(seen) > 12:
            return
        index += 1 + int(rng.expovariate(1 / 5))
        if index >= people.days:
            return
        moment = people.moment(index)
        touch = people.touch(country, 1, moment)


def lead_chance(seen: list[int], touch: int) -> float:
    """The chance that a visit by `touch` after visits by `seen` ends with the form sent: the planted truth."""
    chance = BASE_CHANCE * TOUCHES[touch].lift * (1 + SEQUENCE_GAIN * min(3, len(set(seen) - {touch})))
    if touch in _SEARCH and CAMPAIGN_TOUCH[PROSPECTING] in seen:
        chance *= SYNERGY_GAIN
    return min(chance, HIGHEST_CHANCE)


def dress_up(people: People) -> dict[date, tuple[Session, ...]]:
    """All visits as numbered sessions by the day on which they began."""
    rng = people.rng
    by_day: dict[date, list[Session]] = {}
    for visitor, visits in people.visits.items():
        visits.sort(key=lambda visit: visit.started_at)
        # Two visits within half an hour are one session to GA4: the later one, never a lead's, is moved away.
        last = 0
        for number, visit in enumerate(visits, start=1):
            if visit.started_at - last < 7200 and not visit.lead_at:
                visit.started_at = last + 7200
            last = visit.started_at
            engaged = visit.lead_at > 0 or rng.random() < 0.56 + (0.1 if number > 1 else 0)
            pages = 1 + (int(rng.expovariate(1 / 1.5)) if engaged else 0) + (1 if visit.lead_at else 0)
            campaign = TOUCHES[visit.touch].campaign
            is_google = campaign is not None and campaign.platform == "google_ads"
            late = rng.random()
            session = Session(
                visitor,
                number,
                visit.started_at,
                visit.touch,
                visit.click_id,
                min(pages, 9),
                engaged,
                visit.lead_at,
                is_google and rng.random() < 0.015,
                0 if late >= 0.03 else 1 + int(late * 100),
                rng.getrandbits(64),
            )
            by_day.setdefault(people.clock.day(visit.started_at), []).append(session)
    return {day: tuple(sorted(by_day[day], key=lambda s: (s.started_at, s.visitor))) for day in sorted(by_day)}
