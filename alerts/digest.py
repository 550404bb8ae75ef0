"""The daily digest of an audience: its KPIs, those that are off first, and what to do."""

from __future__ import annotations

from alerts.message import Message, links
from transform.kpi.format import describe_change, format_value
from warehouse.alerting import Service
from warehouse.connection import publication_reader
from warehouse.settings import Settings

_STATUS = {
    "off_track": "OFF TRACK",
    "at_risk": "at risk",
    "on_track": "on track",
    "no_target": "no target",
    "not_enough_data": "not enough data",
}
_ADVICE = 3


def digest(settings: Settings, service: Service) -> Message:
    """The KPIs that `service` is for, as the publication has them. Raises ConfigurationError without one."""
    mine = "(? = '' or list_contains(list_transform(string_split(card.audience, ','), a -> trim(a)), ?))"
    focus = "(not ? or card.is_focus)"
    values = [service.audience, service.audience, service.focus_only]
    with publication_reader(settings.publication) as connection:
        cards = connection.execute(
            "select card.label, card.unit, card.direction, card.value, card.previous_value, card.status, card.grain, "
            "card.period_start, card.is_final, card.null_reason from published.kpi_scorecard as card "
            f"where {mine} and {focus} order by array_position(['off_track', 'at_risk', 'on_track'], card.status) "
            "nulls last, card.is_focus desc, card.stage_order, card.kpi",
            values,
        ).fetchall()
        advice = connection.execute(
            "select advice.title, advice.evidence from published.kpi_advice as advice "
            f"inner join published.kpi_scorecard as card on advice.kpi = card.kpi where {mine} and {focus} "
            "order by advice.rank limit ?",
            [*values, _ADVICE],
        ).fetchall()
        through, passed, total, currency = connection.execute(
            "select data_through, checks_passed, checks_total, reporting_currency "
            "from published.publication, published.dim_business"
        ).fetchall()[0]
    lines = [f"Data through {through}, {passed}/{total} checks passed.", ""]
    off = 0
    for label, unit, direction, value, previous, status, grain, start, is_final, null_reason in cards:
        off += status == "off_track"
        shown = (
            format_value(value, unit, currency)
            if value is not None
            else f"none ({(null_reason or 'no data').replace('_', ' ')})"
        )
        change = describe_change(value, previous, unit, direction, currency)
        moved = f", {change.text} on the {grain} before" if change.text else ""
        doubt = "" if is_final else ", provisional"
        lines.append(f"- {label}: {shown}{moved}; {_STATUS.get(status, status)} ({grain} of {start}{doubt})")
    if advice:
        lines += ["", "What to do", *(f"- {title}: {evidence}" for title, evidence in advice)]
    audience = f" for {service.audience.replace('_', ' ')}" if service.audience else ""
    return Message(
        f"{settings.business.name}: KPIs{audience}, {off} of {len(cards)} off track",
        "\n".join([*lines, "", *links(settings)]),
        "warning" if off else "success",
    )
