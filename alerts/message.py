"""The text of a message: what is new by kind, each thing once with its mend, what is mended, and links."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from alerts.alert import HEADINGS, Alert
from warehouse.settings import Settings

# What one line tells of before it only counts.
_DETAILS = 4
_ORDER = {"critical": 0, "warning": 1, "info": 2}


@dataclass(frozen=True)
class Message:
    """Plain text: no name of a campaign can become markup or a mention of everybody."""

    title: str
    body: str
    # "failure", "warning", "info" or "success", for services that colour a message.
    tone: str


@dataclass(frozen=True)
class Told:
    """A message and the service that it went to; `problem` says why that did not take it."""

    service: str
    message: Message
    problem: str | None = None


def compose(settings: Settings, alerts: Sequence[Alert], over: Sequence[Alert]) -> Message:
    """One message for everything that a service is to be told now."""
    lines: list[str] = []
    for kind, heading in HEADINGS.items():
        of_kind = [alert for alert in alerts if alert.kind == kind]
        if of_kind:
            lines += [heading, *(line for group in _groups(of_kind) for line in _told(group)), ""]
    if over:
        lines += ["Mended", *_mended(over), ""]
    lines += links(settings)
    return Message(f"{settings.business.name}: {_summary(alerts, over)}", "\n".join(lines), _tone(alerts))


def links(settings: Settings) -> list[str]:
    """Where to look: the page, and the Dagster UI where its address is set."""
    page = settings.alerts.page_url or str(settings.dashboards / "index.html")
    found = [f"Page: {page}"]
    if settings.alerts.dagster_url:
        found.append(f"Runs: {settings.alerts.dagster_url.rstrip('/')}/runs")
    return found


def _groups(alerts: Sequence[Alert]) -> list[list[Alert]]:
    grouped: dict[str, list[Alert]] = {}
    for alert in alerts:
        grouped.setdefault(alert.group, []).append(alert)
    return sorted(grouped.values(), key=lambda group: min(_ORDER[alert.severity] for alert in group))


def _told(group: Sequence[Alert]) -> list[str]:
    details = [alert.detail for alert in group]
    shown = "; ".join(details[:_DETAILS])
    if len(details) > _DETAILS:
        shown += f"; and {len(details) - _DETAILS} more"
    line = f"- {group[0].title}: {shown}"
    return [line, f"  What to do: {group[0].mend}"] if group[0].mend else [line]


def _mended(over: Sequence[Alert]) -> list[str]:
    sources = [alert.title for alert in over if alert.kind == "blocked_source"]
    kpis = sum(alert.kind == "stale_kpi" for alert in over)
    lines = ["- the refresh works again"] if any(alert.kind == "failed_run" for alert in over) else []
    lines += [f"- {source} delivers again" for source in sources]
    return [*lines, f"- {kpis} stale {'KPI is' if kpis == 1 else 'KPIs are'} up to date again"] if kpis else lines


def _summary(alerts: Sequence[Alert], over: Sequence[Alert]) -> str:
    parts = []
    for kind, heading in HEADINGS.items():
        number = len(_groups([alert for alert in alerts if alert.kind == kind]))
        if number:
            words = heading if heading.startswith("KPI") else heading.lower()
            parts.append(words if number == 1 else f"{words} ({number})")
    return ", ".join(parts) or ("mended" if over else "nothing to tell")


def _tone(alerts: Sequence[Alert]) -> str:
    if not alerts:
        return "success"
    worst = min(_ORDER[alert.severity] for alert in alerts)
    return ("failure", "warning", "info")[worst]
