"""Which number to defend: platforms, analytics and CRM side by side, and the way from one to the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dashboards.edition import Edition
from dashboards.reading import Row
from dashboards.section import Section, Table

WEEKS = 13
PLATFORMS = {"google_ads": "Google Ads", "meta_ads": "Meta Ads", "file_drop": "Files"}
_LINES = {"claimed": "Claimed by the platforms", "defended": "To defend: won deals, each once, as credited"}
_MONTH = """
select month, platform, channel, sum(platform_conversions) as platform_conversions,
       sum(ga4_conversions) as ga4_conversions, sum(crm_conversions) as crm_conversions,
       cast(sum(platform_value_amount) as double) as platform_value, cast(sum(crm_value_amount) as double) as crm_value
from published.reconciliation
where month = (select max(month) from published.reconciliation where last_day(month) <= ?)
group by all
order by platform_conversions desc nulls last, channel
"""
_GAPS = f"""
with weeks as (
    select * from published.reconciliation_weekly
    where defended_conversions is not null and week + 6 between cast(? as date) - {7 * WEEKS - 1} and ?
),
lines as (
    select 0 as place, 'claimed' as line, '' as explanation, platform, claimed_conversions as conversions,
           claimed_revenue_amount as revenue
    from weeks
    union all
    select sort_order, cause, explanation, platform, -c.conversions, -c.revenue_amount
    from published.reconciliation_causes as c semi join weeks using (week, channel, platform)
    union all
    select 99, 'defended', rule, platform, defended_conversions, defended_revenue_amount from weeks
)
select place, line, explanation, platform, cast(sum(conversions) as double) as conversions,
       cast(sum(revenue) as double) as revenue
from lines group by all order by place, platform
"""


def side_by_side(edition: Edition, options: Mapping[str, Any]) -> Section | None:
    """What a platform claims, what GA4 counts and what the CRM closed, in the newest complete month."""
    words = edition.words
    rows = edition.rows(_MONTH, edition.through)
    if not rows:
        return None
    names = ("platform_conversions", "ga4_conversions", "crm_conversions", "platform_value", "crm_value")
    total = {name: _sum(row[name] for row in rows) for name in names}
    header = (
        "Channel",
        "Platform",
        "Platform claims",
        "GA4 counts",
        "CRM closed",
        "Claim against CRM",
        "Claimed value",
        "CRM value",
    )
    table = Table(
        tuple(words.text(name) for name in header),
        [
            (
                str(row["channel"] or words.text("all")),
                PLATFORMS.get(row["platform"], str(row["platform"] or "")),
                *_numbers(edition, row),
            )
            for row in rows
        ],
        [(words.text("All together"), "", *_numbers(edition, total))],
        words=2,
    )
    title = words.text("Platform, analytics and CRM side by side, {month}", month=words.month(rows[0]["month"]))
    summary = words.text(
        "Each platform claims every sale that it touched, so claims add up to more than there were. "
        "Money is counted once, by the CRM."
    )
    return Section("reconciliation", title, [table], summary, width="full")


def _numbers(edition: Edition, row: Mapping[str, Any]) -> tuple[str, ...]:
    words = edition.words
    claims, closed = row["platform_conversions"], row["crm_conversions"]
    gap = claims / closed - 1 if claims is not None and closed else None
    shown = words.percent(gap, 1)
    return (
        words.decimal(claims, 1),
        words.whole(row["ga4_conversions"]),
        words.whole(closed),
        f"+{shown}" if gap and gap > 0 else shown,
        words.money(row["platform_value"]),
        words.money(row["crm_value"]),
    )


def gaps(edition: Edition, options: Mapping[str, Any]) -> Section | None:
    """From what the platforms claim to what is left to defend, a line a cause and a column a platform."""
    words = edition.words
    rows = edition.rows(_GAPS, edition.through, edition.through)
    if not rows:
        return None
    platforms = sorted({str(row["platform"]) for row in rows})
    lines: dict[str, list[Row]] = {}
    for row in rows:
        lines.setdefault(row["line"], []).append(row)
    made = [_line(edition, line, found, platforms) for line, found in lines.items()]
    header = (
        words.text("Cause"),
        *(PLATFORMS.get(platform, platform.capitalize()) for platform in platforms),
        words.text("All"),
        words.currency,
    )
    title = words.text("From the claims to the number to defend, last {weeks} complete weeks", weeks=WEEKS)
    summary = words.text(
        "Sales that the platforms claim, less what each cause adds to them, in sales and, at the end of the line, in "
        "{currency}. The lines add up exactly.",
        currency=words.currency,
    )
    table = Table(header, made[:-1], made[-1:], is_wordy=True)
    return Section("gaps", title, [table], summary, width="full")


def _line(edition: Edition, line: str, found: Sequence[Row], platforms: Sequence[str]) -> tuple[str, ...]:
    words = edition.words
    name = _LINES.get(line)
    sales = {
        platform: sum(row["conversions"] for row in found if row["platform"] == platform) for platform in platforms
    }

    def signed(number: float, decimals: int) -> str:
        text = words.decimal(number, decimals)
        return f"+{text}" if not name and round(number, decimals) > 0 else text

    return (
        words.text(name) if name else f"{line.replace('_', ' ').capitalize()}: {found[0]['explanation']}",
        *(signed(number, 1) for number in (*sales.values(), sum(sales.values()))),
        signed(sum(row["revenue"] for row in found), 0),
    )


def _sum(values: Any) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None
