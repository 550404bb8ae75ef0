"""What marketing is told of: targets off track, and periods that are unusual."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import duckdb

from alerts.alert import Alert, Severity, names_of
from transform.kpi.format import format_value
from warehouse.connection import publication_reader
from warehouse.settings import Settings

# An anomaly is news for so many days after its period began; the page and `kpi_anomalies` keep the older ones.
_NEWS_DAYS = {"day": 14, "week": 35, "month": 76}
_SEVERITIES: dict[str, Severity] = {"critical": "critical", "major": "warning", "minor": "info"}


def off_track(settings: Settings) -> list[Alert]:
    """KPIs of the scorecard that miss their target, with what the page says of why and what to do."""
    with publication_reader(settings.publication) as connection:
        currency = _currency(connection)
        rows = connection.execute(
            "select card.kpi, card.label, card.audience, card.is_focus, kpi.sources, card.unit, card.value, "
            "card.target_value, card.target_low, card.target_high, card.target_owner, card.is_final, "
            "driver.words, kpi.when_it_is_off from published.kpi_scorecard as card "
            "inner join published.dim_kpi as kpi on card.kpi = kpi.kpi left join published.kpi_drivers as driver "
            "on card.kpi = driver.kpi and driver.rank = 0 and driver.against = 'previous' "
            "where card.status = 'off_track' order by card.is_focus desc, card.stage_order, card.kpi"
        ).fetchall()
    found = []
    for name, label, audience, is_focus, sources, unit, value, target, low, high, owner, is_final, why, mend in rows:
        wanted = (
            format_value(target, unit, currency)
            if target is not None
            else f"{format_value(low, unit, currency)} to {format_value(high, unit, currency)}"
        )
        words = f"{format_value(value, unit, currency)}, the target is {wanted} ({owner})"
        if not is_final:
            words += "; still provisional"
        found.append(
            Alert(
                kind="off_track",
                key=f"off_track:{name}",
                group=f"off_track:{name}",
                title=label,
                detail=f"{words}. {why}" if why else words,
                mend=mend or "",
                severity="warning",
                about=frozenset({name, *names_of(sources)}),
                audiences=frozenset(names_of(audience)),
                is_focus=is_focus,
            )
        )
    return found


def anomalies(settings: Settings, now: datetime) -> list[Alert]:
    """Final periods outside of what was expected, unless they are so for the better; provisional ones are held back."""
    today = now.astimezone(settings.zone).date()
    with publication_reader(settings.publication) as connection:
        currency = _currency(connection)
        rows = connection.execute(
            "select odd.kpi, kpi.label, kpi.audience, kpi.is_focus, kpi.sources, kpi.unit, odd.grain, "
            "odd.period_start, odd.segment_value, odd.value, odd.expected_low, odd.expected_high, odd.side, "
            "odd.severity, advice.title "
            "from published.kpi_anomalies as odd inner join published.dim_kpi as kpi on odd.kpi = kpi.kpi "
            "left join published.kpi_advice as advice on odd.kpi = advice.kpi "
            "and odd.segment_value = advice.segment_value and odd.grain = advice.grain "
            "where odd.state = 'anomaly' and odd.verdict != 'better' "
            "order by odd.period_start desc, odd.kpi, odd.grain, odd.segment_value"
        ).fetchall()
    return [_anomaly(row, currency) for row in rows if _is_news(row[6], row[7], today)]


def _anomaly(row: tuple[Any, ...], currency: str) -> Alert:
    name, label, audience, is_focus, sources, unit, grain, start, segment, value, low, high, side, severity, advice = (
        row
    )
    where = segment or "All channels"
    period = f"{start}" if grain == "day" else f"the {grain} of {start}"
    if side == "missing":
        # Paused ads or a broken tag take the data of many KPIs at once: one line, not one a KPI.
        group, title, detail = f"missing:{segment}", f"{where}: no data", f"{label}, {period}"
    else:
        group, title = f"{name}:{segment}", f"{label}, {where}"
        expected = f"{format_value(low, unit, currency)} to {format_value(high, unit, currency)}"
        detail = f"{format_value(value, unit, currency)} on {period}, expected {expected}"
    return Alert(
        kind="anomaly",
        key=f"anomaly:{name}:{grain}:{start}:{segment}",
        group=group,
        title=title,
        detail=detail,
        mend=str(advice) if advice else f"`kpi explain {name}` shows what is behind the value",
        severity=_SEVERITIES[severity],
        about=frozenset({name, *names_of(sources)}),
        audiences=frozenset(names_of(audience)),
        is_focus=is_focus,
    )


def _is_news(grain: str, start: date, today: date) -> bool:
    return start >= today - timedelta(days=_NEWS_DAYS[grain])


def _currency(connection: duckdb.DuckDBPyConnection) -> str:
    found = connection.execute("select reporting_currency from published.dim_business").fetchone()
    return str(found[0]) if found else ""
