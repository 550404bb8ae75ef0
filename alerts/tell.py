"""Who is to be told what at this moment, and the telling: at the end of a refresh, after a failed one, or by hand."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import date, datetime, timedelta
from difflib import get_close_matches
from functools import partial

from alerts import operations, performance, services
from alerts.alert import MENDED, Alert
from alerts.digest import digest
from alerts.ledger import Ledger, ledger, untouched
from alerts.message import Message, Told, compose
from ingestion.catalog import discover
from transform.kpi.meta import AUDIENCES
from transform.kpi.registry import load_registry
from warehouse.alerting import ANYTHING, KINDS, Kind, Service
from warehouse.errors import ConfigurationError
from warehouse.settings import Settings

Send = Callable[[str, Message], "str | None"]


def require(settings: Settings) -> None:
    """Raise ConfigurationError for a service without a usable address and for names that nothing has.

    Asked before a refresh, so that a misspelt name is not found out by the failure that nobody was told of.
    """
    if settings.alerts.silences:
        known = {ANYTHING, *discover(), *(kpi.name for kpi in load_registry(settings).kpis)}
        for silence in settings.alerts.silences:
            if silence.about not in known:
                raise ConfigurationError(
                    f"{settings.where('alerts', 'silences')}: about = {silence.about!r}: neither a source nor a KPI; "
                    f"{_near(silence.about, known)}"
                )
    for service in settings.alerts.services:
        if service.audience and service.audience not in AUDIENCES:
            raise ConfigurationError(
                f"{settings.where('alerts', 'services')}: {service.name}: audience = {service.audience!r}: "
                f"no such audience; {_near(service.audience, AUDIENCES)}"
            )
    services.require(settings)


def after_refresh(settings: Settings, now: datetime, send: Send = services.send) -> list[Told]:
    """Tell what is newly wrong or mended after a refresh that ended well, and the digests that are due."""
    return _tell(settings, partial(everything, settings, now), KINDS, now, send)


def after_failure(settings: Settings, line: str, now: datetime, send: Send = services.send) -> list[Told]:
    """Tell that a refresh ended with `line`. What a refresh would have judged stays as it was."""
    return _tell(settings, lambda: [operations.failed_run(line)], (), now, send)


def by_hand(settings: Settings, now: datetime, *, dry_run: bool, send: Send = services.send) -> list[Told]:
    """Tell what the publication and the loads show at `now`; with `dry_run` only find out what would be told.

    Raises ConfigurationError without a publication. Whether the last run failed is not known here, so that stays.
    """
    judged = [kind for kind in KINDS if kind != "failed_run"]
    return _tell(settings, partial(everything, settings, now), judged, now, None if dry_run else send)


def everything(settings: Settings, now: datetime) -> list[Alert]:
    """What is wrong by the publication and the records of the loads."""
    return [
        *operations.blocked_sources(settings, now),
        *operations.stale_kpis(settings, now),
        *performance.off_track(settings),
        *performance.anomalies(settings, now),
    ]


def silenced(settings: Settings, alert: Alert, today: date) -> str | None:
    """The reason of the silence that holds `alert` back today."""
    for silence in settings.alerts.silences:
        is_now = alert.kind in silence.kinds and silence.start <= today <= silence.until
        if is_now and (silence.about == ANYTHING or silence.about in alert.about):
            return silence.reason
    return None


def held_back(settings: Settings, now: datetime) -> list[tuple[Alert, str]]:
    """What a silence holds back at `now`, with its reason."""
    today = now.astimezone(settings.zone).date()
    found = [(alert, silenced(settings, alert, today)) for alert in everything(settings, now)]
    return [(alert, reason) for alert, reason in found if reason is not None]


def _tell(
    settings: Settings, find: Callable[[], list[Alert]], judged: Collection[Kind], now: datetime, send: Send | None
) -> list[Told]:
    if not settings.alerts.services:
        return []
    told: list[Told] = []
    new = find()
    with ledger(settings) if send else untouched(settings) as book:
        book.observe(new, judged, now)
        # Also what was not judged now: a failure that a service did not take waits for it here.
        found = book.still_wrong()
        for service in settings.alerts.services:
            told += _tell_one(settings, service, found, book, now, send=send)
            # A failed run has nothing new to say of the KPIs.
            if judged and service.digest:
                told += _digest(settings, service, book, now, send=send)
    return told


def _tell_one(
    settings: Settings, service: Service, found: Sequence[Alert], book: Ledger, now: datetime, *, send: Send | None
) -> list[Told]:
    today = now.astimezone(settings.zone).date()
    before = book.told(service.name)
    due = [
        alert
        for alert in found
        if _is_for(service, alert)
        and silenced(settings, alert, today) is None
        and _is_due(before.get(alert.key), settings.alerts.remind_days, now)
    ]
    mended = [alert for alert in book.over(service.name) if alert.kind in MENDED]
    if not due and not mended:
        return []
    message = compose(settings, due, mended)
    problem = send(service.name, message) if send else None
    if problem is None:
        book.mark(service.name, [alert.key for alert in due], [alert.key for alert in mended], now)
    return [Told(service.name, message, problem)]


def _digest(settings: Settings, service: Service, book: Ledger, now: datetime, *, send: Send | None) -> list[Told]:
    today = now.astimezone(settings.zone).date()
    if book.has_digest(service.name, today):
        return []
    message = digest(settings, service)
    problem = send(service.name, message) if send else None
    if problem is None:
        book.mark_digest(service.name, today)
    return [Told(service.name, message, problem)]


def _is_for(service: Service, alert: Alert) -> bool:
    if alert.kind not in service.kinds:
        return False
    if not alert.audiences:
        return True
    return (not service.audience or service.audience in alert.audiences) and (not service.focus_only or alert.is_focus)


def _is_due(told_at: datetime | None, remind_days: int, now: datetime) -> bool:
    if told_at is None:
        return True
    return remind_days > 0 and now - told_at >= timedelta(days=remind_days)


def _near(value: str, known: Collection[str]) -> str:
    close = get_close_matches(value, sorted(known), n=1)
    return f"did you mean {close[0]}?" if close else f"known: {', '.join(sorted(known))}"
