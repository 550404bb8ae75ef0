"""The tables of a page: channels, and what the tools say of the same month."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from dashboards.reading import Row
from transform.kpi.format import ABSENT, format_change, format_value

PLATFORMS = {"google_ads": "Google Ads", "meta_ads": "Meta Ads", "file_drop": "Files"}

_GAP_LINES = {"claimed": "Claimed by the platforms", "defended": "To defend: won deals, each once, as credited"}


@dataclass(frozen=True)
class Table:
    """Formatted cells; the first of a row names it. `totals` are the rows for many of them together."""

    header: tuple[str, ...]
    rows: list[tuple[str, ...]]
    totals: list[tuple[str, ...]] = field(default_factory=list)


def channel_table(channels: Sequence[Row], currency: str) -> Table:
    """Spend, leads and revenue by channel; ratios are ratios of the sums in the same row."""
    lines: list[tuple[str, ...]] = [
        (
            {"paid": "Channels with spend", "all": "All channels"}.get(row["level"], str(row["channel"])),
            _amount(row["spend"]),
            f"{row['leads']:,}",
            _number(row["cost_per_lead"], "{:,.2f}"),
            f"{row['new_customers']:,}",
            _amount(row["revenue"]),
            _number(row["return_on_ad_spend"], "{:,.2f}x"),
        )
        for row in channels
    ]
    header = (
        "Channel",
        f"Spend ({currency})",
        "Leads",
        f"Cost per lead ({currency})",
        "New customers",
        f"Attributed revenue ({currency})",
        "Return on ad spend",
    )
    split = sum(row["level"] == "channel" for row in channels)
    return Table(header, lines[:split], lines[split:])


def reconciliation_table(rows: Sequence[Row], currency: str) -> Table:
    """What a platform claims, what GA4 counts and what the CRM closed, in one month."""
    return Table(
        (
            "Channel",
            "Platform",
            "Platform claims",
            "GA4 counts",
            "CRM closed",
            "Claim against CRM",
            f"Claimed value ({currency})",
            f"CRM value ({currency})",
        ),
        [
            (
                str(row["channel"] or "all"),
                PLATFORMS.get(row["platform"], str(row["platform"] or "")),
                _number(row["platform_conversions"], "{:,.1f}"),
                _number(row["ga4_conversions"], "{:,.0f}"),
                _number(row["crm_conversions"], "{:,.0f}"),
                format_change(row["gap"]),
                _amount(row["platform_value"]),
                _amount(row["crm_value"]),
            )
            for row in rows
        ],
    )


def gap_table(rows: Sequence[Row], currency: str) -> Table:
    """From what the platforms claim to what is left to defend, a line a cause and a column a platform."""
    platforms = sorted({str(row["platform"]) for row in rows})
    lines: dict[str, list[Row]] = {}
    for row in rows:
        lines.setdefault(row["line"], []).append(row)
    return Table(
        ("", *(PLATFORMS.get(platform, platform.capitalize()) for platform in platforms), "All", currency),
        [_gap_line(line, found, platforms) for line, found in lines.items()],
    )


def _gap_line(line: str, found: Sequence[Row], platforms: Sequence[str]) -> tuple[str, ...]:
    name = _GAP_LINES.get(line)
    sign = "" if name else "+"
    sales = {
        platform: sum(row["conversions"] for row in found if row["platform"] == platform) for platform in platforms
    }
    return (
        name or f"{line.replace('_', ' ').capitalize()}: {found[0]['explanation']}",
        *(f"{number:{sign},.1f}" if round(number, 1) else "0.0" for number in (*sales.values(), sum(sales.values()))),
        f"{sum(row['revenue'] for row in found):{sign},.0f}",
    )


def definition_table(definitions: Sequence[Row], currency: str) -> Table:
    """The registry in words: what each KPI means, where it comes from and who owns it."""
    return Table(
        ("KPI", "Means", "Formula", "Better", "Accepted range", "Sources", "Owner"),
        [
            (
                row["label"],
                row["description"],
                row["formula"],
                {"up": "higher", "down": "lower"}.get(row["direction"], "in a band"),
                _range(row, currency),
                str(row["sources"] or "").replace(",", ", ").replace("  ", " "),
                row["owner"],
            )
            for row in definitions
            if row["kind"] == "kpi"
        ],
    )


def _range(row: Row, currency: str) -> str:
    low, high = row["valid_min"], row["valid_max"]
    if low is None and high is None:
        return ""
    if high is None:
        return f"from {format_value(low, row['unit'], currency)}"
    if low is None:
        return f"up to {format_value(high, row['unit'], currency)}"
    return f"{format_value(low, row['unit'], currency)} to {format_value(high, row['unit'], currency)}"


def _amount(value: float | None) -> str:
    return _number(value, "{:,.0f}")


def _number(value: float | None, pattern: str) -> str:
    return ABSENT if value is None else pattern.format(value)
