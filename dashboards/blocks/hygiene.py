"""Whether the numbers can be seen at all: tagged links, consent, and attribution."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dashboards.cards import status_of, target_of
from dashboards.edition import Edition
from dashboards.section import Cell, Fact, Facts, Section, Table

_KPIS = ("spend_match_rate", "tracked_consent_rate", "attribution_coverage", "conversion_reconciliation_gap")
_WEEKS = 4
_MATCHED = f"""
select segment_value, any_value(segment_label) as label, sum(denominator) as spend, sum(numerator) as matched
from published.kpi_values
where kpi = 'spend_match_rate' and grain = 'week' and segment_dimension = 'campaign'
  and period_end <= ? and period_end > cast(? as date) - {7 * _WEEKS}
group by segment_value having sum(denominator) > 0
order by sum(denominator) - coalesce(sum(numerator), 0) desc, spend desc
"""
_CONSENT = f"""
select country, sum(events) as events, sum(consented_events) as consented, sum(page_views) as page_views,
       sum(tracked_sessions) as sessions
from published.consent_daily
where date_day <= ? and date_day > cast(? as date) - {7 * _WEEKS}
group by country order by events desc, country
"""


def hygiene(edition: Edition, options: Mapping[str, Any]) -> Section | None:
    """The rates that say how much is seen, then the campaigns whose links are not tagged, and consent by country."""
    words, through = edition.words, edition.through
    rows = {row["kpi"]: row for row in edition.contents.scorecard}
    facts = []
    for kpi in _KPIS:
        if row := rows.get(kpi):
            tone, icon, status = status_of(row["status"], words)
            target = target_of({**edition.definition(kpi), **row}, words)
            more = f"{icon} {status}" + (f" · {target}" if target else "")
            facts.append(
                Fact(edition.label(kpi), words.value(row["value"], row["unit"]), more, tone, f"kpi/{kpi}.html")
            )
    parts: list[Any] = [Facts(facts)] if facts else []
    if consent := edition.rows(_CONSENT, through, through):
        parts.append(_consent(edition, consent))
    if not parts:
        return None
    title = words.text("Tags and consent")
    return Section("hygiene", title, parts, words.text("Last {weeks} weeks.", weeks=_WEEKS), width="half")


def _consent(edition: Edition, rows: list[dict[str, Any]]) -> Table:
    words = edition.words

    def cells(row: Mapping[str, Any]) -> tuple[str, ...]:
        rate = row["consented"] / row["events"] if row["events"] else None
        return (
            words.whole(row["events"]),
            words.whole(row["consented"]),
            words.percent(rate),
            words.whole(row["sessions"]),
        )

    total = {name: sum(row[name] or 0 for row in rows) for name in ("events", "consented", "sessions")}
    names = ("Country", "Events", "With consent", "Consent", "Tracked visits")
    return Table(
        tuple(words.text(name) for name in names),
        [(str(row["country"] or "–"), *cells(row)) for row in rows],
        [(words.text("All countries"), *cells(total))],
    )


def untagged(edition: Edition, options: Mapping[str, Any]) -> Section | None:
    """Campaigns by the spend of which no visit tells: links without tags, or with wrong ones."""
    words, through = edition.words, edition.through
    rows = edition.rows(_MATCHED, through, through)
    if not rows:
        return None

    def cells(spend: float, matched: float) -> tuple[str | Cell, ...]:
        lost, rate = spend - matched, matched / spend
        tone = "good" if rate >= 0.98 else "risk" if rate >= 0.9 else "bad"
        sign = {"good": "✓", "risk": "!", "bad": "✕"}[tone]
        return (
            words.money(spend),
            words.money(lost) if lost > 0.005 else "–",
            Cell(f"{sign} {words.percent(rate)}", tone),
        )

    lines = [(str(row["label"] or row["segment_value"]), *cells(row["spend"], row["matched"] or 0.0)) for row in rows]
    spend, matched = (sum(row[name] or 0.0 for row in rows) for name in ("spend", "matched"))
    table = Table(
        tuple(words.text(name) for name in ("Campaign", "Ad spend", "Not seen in visits", "Seen")),
        lines,
        [(words.text("All campaigns"), *cells(spend, matched))],
    )
    title = words.text("Spend that visits do not show")
    summary = words.text(
        "A campaign that pays for clicks and appears in no visit has links without tags, or with wrong ones. "
        "Last {weeks} weeks.",
        weeks=_WEEKS,
    )
    return Section("untagged", title, [table], summary, width="half")
