"""What really happened in the simulated business: what tests hold a publication to. No vendor's API shows it.

What counts, as of a moment `now`:

spend            every day of the account's own time zone that is over at `now`, in the account's currency, to the cent
leads            contacts that are not archived, by the day of creation in Europe/Berlin; a contact that was merged
                 into another one by `now` does not exist any more and does not count
won_deals        deals that are won and not archived, by the day of closing in Europe/Berlin; their amounts
                 (`revenue`) and gross margins in the deal's currency
new_customers    persons by the day of their first won deal; a person has one contact that is not archived
persons          browsers with consent that the export shows, and contacts that are not archived and are linked to no
                 such browser by client id, gclid or fbclid
gap_causes       what stands between the platforms' claims and the sales that are theirs, by cause: see `claim_truth`
sessions         browser and ga_session_id pairs that the export shows, by the day of their first event there

"The export shows": the daily tables that exist at `now`, each as often rewritten as by then. Visits on a day without
tracking and visits without consent are in no table with an identity.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from ingestion.sandbox.claim_truth import gap_parts
from ingestion.sandbox.control import DEFAULT_NOW
from ingestion.sandbox.events import export_version, session_events
from ingestion.sandbox.model import Contact, Deal, Session, World
from ingestion.sandbox.world_catalog import (
    CONSENT_REFUSED,
    COST_SPIKE,
    PAUSED_ACCOUNTS,
    PAUSED_CAMPAIGNS,
    PROPERTY_ZONE,
    TOUCHES,
)
from ingestion.sandbox.world_people import BASE_CHANCE, SEQUENCE_GAIN, SYNERGY_GAIN
from ingestion.sandbox.world_time import day_clock

MICROS = Decimal(1_000_000)
_ZONE = ZoneInfo(PROPERTY_ZONE)


def truth(world: World, now: datetime = DEFAULT_NOW) -> dict[str, Any]:
    """Everything that is known for sure at `now`; money as decimal text, months as YYYY-MM. See the module."""
    contacts = contacts_at(world, now)
    won = won_deals(world, now)
    seen = list(sessions_in_export(world, now))
    return {
        "as_of": now.astimezone(UTC).isoformat(),
        "seed": world.seed,
        "spend": spend(world, now),
        "currencies": {account.account_id: account.currency for account in world.accounts},
        "leads": _months(one.created_at for one in contacts),
        "offline_leads": _months(one.created_at for one in contacts if one.visitor is None),
        "won_deals": _months(_closed(deal) for deal in won),
        "revenue": _money((_month(_closed(deal)), deal.currency, deal.amount) for deal in won),
        "gross_margin": _money((_month(_closed(deal)), deal.currency, deal.gross_margin) for deal in won),
        "new_customers": _months(first_purchases(won).values()),
        "customers": len(first_purchases(won)),
        "repeat_customers": sum(count > 1 for count in Counter(deal.contact_id for deal in won).values()),
        "contacts": len(contacts),
        "merged_contacts": sum(len(one.merged_ids) for one in contacts)
        - sum(
            merge.winner_id in {one.contact_id for one in contacts} for merge in world.merges if merge.merged_at > now
        ),
        "browsers": len({session.visitor for _, session in seen}),
        "persons": _persons(world, contacts, [session for _, session in seen]),
        "sessions": dict(sorted(Counter(day.strftime("%Y-%m") for day, _ in seen).items())),
        "platform_claims": _claims(world, now),
        "gap_causes": _gap_causes(world, now, won, seen, contacts),
        "consent_refused": {
            "planted": CONSENT_REFUSED,
            "real": sum(not visitor.has_consent for visitor in world.visitors) / len(world.visitors),
        },
        "causes": {
            "base_chance": BASE_CHANCE,
            "sequence_gain": SEQUENCE_GAIN,
            "synergy_gain": SYNERGY_GAIN,
            "channel_lifts": {
                f"{touch.source} / {touch.medium}": touch.lift for touch in TOUCHES if not touch.campaign
            },
            "campaign_lifts": {campaign.name: campaign.lift for campaign in world.campaigns},
        },
        "anomalies": _anomalies(world),
    }


def spend(world: World, now: datetime = DEFAULT_NOW) -> dict[str, dict[str, dict[str, str]]]:
    """Platform -> account -> month -> spend in the account's currency, of the days that are over at `now`."""
    today = {one.account_id: now.astimezone(ZoneInfo(one.time_zone)).date() for one in world.accounts}
    sums: dict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
    for row in world.ad_days:
        if row.day < today[row.account_id]:
            sums[row.platform, row.account_id, row.day.strftime("%Y-%m")] += Decimal(row.cost_micros) / MICROS
    result: dict[str, dict[str, dict[str, str]]] = {}
    for (platform, account, month), amount in sorted(sums.items()):
        result.setdefault(platform, {}).setdefault(account, {})[month] = f"{amount:.2f}"
    return result


def contacts_at(world: World, now: datetime) -> list[Contact]:
    """Contacts that the CRM holds at `now`, archived ones aside; those that are merged later stand by themselves."""
    yet_to_merge = [merge.loser for merge in world.merges if merge.merged_at > now]
    return [one for one in (*world.contacts, *yet_to_merge) if one.created_at <= now and not one.is_archived_at(now)]


def deals_at(world: World, now: datetime) -> list[Deal]:
    """Deals that the CRM holds at `now`, archived ones aside, each of the contact that it hangs at then."""
    apart = {deal: merge.loser.contact_id for merge in world.merges if merge.merged_at > now for deal in merge.deal_ids}
    return [
        replace(one, contact_id=apart[one.deal_id]) if one.deal_id in apart else one
        for one in world.deals
        if one.created_at <= now and not one.is_archived_at(now)
    ]


def won_deals(world: World, now: datetime = DEFAULT_NOW) -> list[Deal]:
    """Deals won by `now` that are not archived, in order of closing."""
    won = [one for one in deals_at(world, now) if one.is_won and _closed(one) <= now]
    return sorted(won, key=lambda deal: (_closed(deal), deal.deal_id))


def first_purchases(won: Iterable[Deal]) -> dict[str, datetime]:
    """Contact -> when its first deal was won; `won` in order of closing."""
    first: dict[str, datetime] = {}
    for deal in won:
        first.setdefault(deal.contact_id, _closed(deal))
    return first


def sessions_in_export(world: World, now: datetime = DEFAULT_NOW) -> Iterable[tuple[date, Session]]:
    """Each session with an identity that the export shows at `now`, with the day of its first event there."""
    clock = day_clock(PROPERTY_ZONE, world.start, (world.today - world.start).days + 2)
    for day, sessions in world.sessions.items():
        version = export_version(world, day, now)
        following = day + timedelta(days=1)
        next_version = export_version(world, following, now)
        for session in sessions:
            if not world.visitors[session.visitor].has_consent:
                continue
            if version is not None and session.late_days <= version:
                yield day, session
            elif next_version is not None and session.late_days <= next_version:
                # Begun on a day without a table, gone on with after midnight.
                last = session_events(world, session)[-1]["event_timestamp"] // 1_000_000
                if clock.day(last) == following:
                    yield following, session


def _persons(world: World, contacts: list[Contact], seen: list[Session]) -> int:
    browsers = {world.visitors[session.visitor].client_id for session in seen}
    clicks = {session.click_id for session in seen if session.click_id}
    alone = [
        one
        for one in contacts
        if one.ga_client_id not in browsers and one.gclid not in clicks and one.fbclid not in clicks
    ]
    return len(browsers) + len(alone)


def _claims(world: World, now: datetime) -> dict[str, dict[str, int]]:
    counts: dict[str, dict[str, int]] = {}
    for claim in world.ad_conversions:
        if claim.reported_at <= now:
            of_platform = counts.setdefault(claim.platform, {})
            of_platform[claim.action] = of_platform.get(claim.action, 0) + 1
    return counts


def _gap_causes(
    world: World, now: datetime, won: list[Deal], seen: list[tuple[date, Session]], contacts: list[Contact]
) -> dict[str, dict[str, list[float]]]:
    """Cause -> Monday of the ISO week -> conversions and euros by which claims exceed the sales that are theirs."""
    sums: dict[str, dict[str, list[Any]]] = {}
    for part in gap_parts(world, now, won, seen, contacts):
        found = sums.setdefault(part.cause, {}).setdefault(part.week.isoformat(), [0, 0.0])
        found[0] += part.conversions
        found[1] += part.euros
    return {
        cause: {
            week: [round(float(conversions), 9), round(euros, 6)]
            for week, (conversions, euros) in sorted(weeks.items())
        }
        for cause, weeks in sorted(sums.items())
    }


def _anomalies(world: World) -> dict[str, Any]:
    campaign, day, factor = COST_SPIKE
    paused = {one.name: ranges for one, ranges in PAUSED_CAMPAIGNS.items()} | PAUSED_ACCOUNTS
    return {
        "days_without_tracking": sorted(day.isoformat() for day in world.dark_days),
        "cost_spike": {"campaign": campaign.name, "day": day.isoformat(), "factor": factor},
        "paused": {name: [[str(first), str(last)] for first, last in ranges] for name, ranges in paused.items()},
    }


def _closed(deal: Deal) -> datetime:
    # Open deals sort last and are nowhere counted.
    return deal.closed_at or datetime.max.replace(tzinfo=UTC)


def _month(moment: datetime) -> str:
    return moment.astimezone(_ZONE).strftime("%Y-%m")


def _months(moments: Iterable[datetime]) -> dict[str, int]:
    return dict(sorted(Counter(_month(moment) for moment in moments).items()))


def _money(entries: Iterable[tuple[str, str, Decimal]]) -> dict[str, dict[str, str]]:
    sums: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for month, currency, amount in entries:
        sums[month, currency] += amount
    result: dict[str, dict[str, str]] = {}
    for (month, currency), amount in sorted(sums.items()):
        result.setdefault(month, {})[currency] = f"{amount:.2f}"
    return result
