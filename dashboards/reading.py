"""What a page needs of a publication, as rows; nothing else is read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb

from warehouse.connection import reader
from warehouse.errors import ConfigurationError

Row = dict[str, Any]

CHANNEL_DAYS = 90
WEEKS = 26
GAP_WEEKS = 13
ADVICE_SHOWN = 5
# How much history a sparkline shows, by grain: six weeks, half a year, a year and the month before.
HISTORY = {"day": 42, "week": 26, "month": 13}
_MONEY_LAST = "case when channel in ('Unassigned', '(unattributed)') then 1 else 0 end"


@dataclass(frozen=True)
class Contents:
    """One publication, read once. Ratios are made of the sums here, never averaged.

    `business` holds the settings that the numbers were computed with; those of the reader may be others.
    """

    run_id: str
    published_at: datetime
    data_through: date
    checks_passed: int
    checks_total: int
    business: Row
    warnings: list[Row]
    scorecard: list[Row]
    definitions: dict[str, Row]
    history: dict[str, list[Row]]
    sources: list[Row]
    weeks: list[Row]
    channels: list[Row]
    funnel: list[Row]
    attribution: list[Row]
    cohorts: list[Row]
    reconciliation: list[Row]
    gaps: list[Row]
    advice: list[Row]
    moved: list[Row]
    """In a sentence why each KPI in focus is not what it was in the period before."""


def read(publication: Path) -> Contents:
    """Read the publication at `publication`. Raises ConfigurationError when it is missing or holds no publication."""
    with reader(publication) as connection:
        about = _rows(connection, "select * from published.publication")
        if not about:
            raise ConfigurationError(f"{publication}: table publication is empty; run `kpi refresh` again")
        through = about[0]["data_through"] or about[0]["published_at"].date()
        scorecard = _rows(connection, "from published.kpi_scorecard order by stage_order, is_focus desc, kpi")
        return Contents(
            run_id=about[0]["run_id"],
            published_at=about[0]["published_at"],
            data_through=through,
            checks_passed=about[0]["checks_passed"],
            checks_total=about[0]["checks_total"],
            business=_rows(connection, "from published.dim_business")[0],
            warnings=_warnings(connection),
            scorecard=scorecard,
            definitions={row["kpi"]: row for row in _rows(connection, "from published.dim_kpi order by all")},
            history=_history(connection),
            sources=_rows(connection, "from published.source_status where is_enabled order by title"),
            weeks=_weeks(connection, through),
            channels=_channels(connection, through),
            funnel=_funnel(connection, through),
            attribution=_attribution(connection, through),
            cohorts=_cohorts(connection, through),
            reconciliation=_reconciliation(connection, through),
            gaps=_gaps(connection, through),
            advice=_rows(connection, f"from published.kpi_advice order by rank limit {ADVICE_SHOWN}"),
            moved=_rows(
                connection,
                "select driver.words from published.kpi_drivers as driver "
                "inner join published.kpi_scorecard as card on driver.kpi = card.kpi "
                "where card.is_focus and driver.rank = 0 and driver.against = 'previous' "
                "order by card.stage_order, card.kpi",
            ),
        )


def _rows(connection: duckdb.DuckDBPyConnection, query: str, values: list[Any] | None = None) -> list[Row]:
    result = connection.execute(query, values or [])
    names = [column[0] for column in result.description or []]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def _warnings(connection: duckdb.DuckDBPyConnection) -> list[Row]:
    """Failed checks of the publication's own run; a failed check that blocks leaves no publication."""
    has_results = connection.execute(
        "select 1 from information_schema.tables where table_schema = 'published' and table_name = 'check_results'"
    ).fetchone()
    if not has_results:
        return []
    return _rows(connection, "from published.check_results where not passed order by check_name")


def _history(connection: duckdb.DuckDBPyConnection) -> dict[str, list[Row]]:
    """The totals of each KPI at its scorecard's grain, up to the scorecard's period, oldest first."""
    found: dict[str, list[Row]] = {}
    for row in _rows(
        connection,
        """
        select v.kpi, v.grain, v.period_start, v.period_end, v.value, v.is_final
        from published.kpi_values as v
        join published.kpi_scorecard as s using (kpi, grain)
        where v.segment_dimension = '' and v.period_start <= s.period_start
        order by v.kpi, v.period_start
        """,
    ):
        found.setdefault(row["kpi"], []).append(row)
    return {kpi: rows[-HISTORY[rows[-1]["grain"]] :] for kpi, rows in found.items()}


def _weeks(connection: duckdb.DuckDBPyConnection, through: date) -> list[Row]:
    """Complete weeks of the last half year; `paid_revenue` is that of channels that ever spent anything.

    It is None where nothing is known of what any channel brought, and 0 where these brought nothing.
    """
    return _rows(
        connection,
        f"""
        with paid as (
            select channel from published.channel_daily group by channel having sum(spend_amount) > 0
        )
        select cast(date_trunc('week', date_day) as date) as week,
               cast(sum(spend_amount) as double) as spend,
               cast(case when count(attributed_revenue_amount) filter (channel <> '(unattributed)') > 0
                         then coalesce(sum(attributed_revenue_amount) filter (channel in (from paid)), 0) end
                   as double) as paid_revenue,
               cast(sum(attributed_revenue_amount) as double) as revenue
        from published.channel_daily
        group by 1
        having cast(date_trunc('week', any_value(date_day)) as date) + 6 between cast(? as date) - {7 * WEEKS - 1} and ?
        order by 1
        """,
        [through, through],
    )


def _channels(connection: duckdb.DuckDBPyConnection, through: date) -> list[Row]:
    """The channels of the last days (`level` channel), then those with spend together (paid), then all (all)."""
    return _rows(
        connection,
        f"""
        with channels as (
            select channel, sum(spend_amount) as spend, sum(leads) as leads, sum(new_customers) as new_customers,
                   sum(attributed_revenue_amount) as revenue
            from published.channel_daily
            where date_day > ? - {CHANNEL_DAYS} and date_day <= ?
            group by channel
        ),
        levels as (
            select 1 as place, 'channel' as level, * from channels
            union all
            select 2, 'paid', null, sum(spend), sum(leads), sum(new_customers), sum(revenue)
            from channels where spend > 0 having count(*) > 0
            union all
            select 3, 'all', null, sum(spend), sum(leads), sum(new_customers), sum(revenue)
            from channels having count(*) > 0
        )
        select level, channel, cast(spend as double) as spend, cast(leads as bigint) as leads,
               cast(new_customers as bigint) as new_customers, cast(revenue as double) as revenue,
               cast(nullif(spend, 0) as double) / nullif(leads, 0) as cost_per_lead,
               -- Revenue that no spend was for says nothing about spend.
               case when level <> 'all' then cast(revenue as double) / cast(nullif(spend, 0) as double) end
                   as return_on_ad_spend
        from levels
        order by place, {_MONEY_LAST}, spend desc, revenue desc, channel
        """,
        [through, through],
    )


def _funnel(connection: duckdb.DuckDBPyConnection, through: date) -> list[Row]:
    """The newest complete month, all channels together."""
    return _rows(
        connection,
        """
        with newest as (
            select max(month) as month from published.funnel where last_day(month) <= ?
        )
        select f.month, f.step_number, f.step, cast(sum(f.people) as bigint) as people
        from published.funnel as f join newest using (month)
        group by all order by f.step_number
        """,
        [through],
    )


def _attribution(connection: duckdb.DuckDBPyConnection, through: date) -> list[Row]:
    return _rows(
        connection,
        f"""
        with credits as (
            select channel, model, cast(sum(credited_value) as double) as revenue
            from published.fct_attribution
            where date_day > ? - {CHANNEL_DAYS} and date_day <= ?
                and conversion_type in ('first_purchase', 'repeat_purchase')
            group by all
        )
        select * from credits
        order by {_MONEY_LAST}, sum(revenue) over (partition by channel) desc, channel, model
        """,
        [through, through],
    )


def _cohorts(connection: duckdb.DuckDBPyConnection, through: date) -> list[Row]:
    """Cohorts of the last 18 months; a month that is not over yet would look like a loss, so it is left out."""
    return _rows(
        connection,
        """
        select cohort_month, months_since, customers, active_customers,
               cast(active_customers as double) / nullif(customers, 0) as retention_rate
        from published.cohort_retention
        where months_since > 0 and last_day(cast(cohort_month + to_months(cast(months_since as integer)) as date)) <= ?
          and cohort_month > cast(? as date) - interval 18 month
        order by cohort_month, months_since
        """,
        [through, through],
    )


def _reconciliation(connection: duckdb.DuckDBPyConnection, through: date) -> list[Row]:
    """The newest complete month, a row a platform and channel."""
    return _rows(
        connection,
        """
        select month, platform, channel, sum(platform_conversions) as platform_conversions,
               sum(ga4_conversions) as ga4_conversions, sum(crm_conversions) as crm_conversions,
               cast(sum(platform_value_amount) as double) as platform_value,
               cast(sum(crm_value_amount) as double) as crm_value,
               sum(platform_conversions) / nullif(sum(crm_conversions), 0) - 1 as gap
        from published.reconciliation
        where month = (select max(month) from published.reconciliation where last_day(month) <= ?)
        group by all
        order by platform_conversions desc nulls last, channel
        """,
        [through],
    )


def _gaps(connection: duckdb.DuckDBPyConnection, through: date) -> list[Row]:
    """Complete weeks of the last quarter: what is claimed, what each cause takes from it, what is left to defend."""
    return _rows(
        connection,
        f"""
        with weeks as (
            select * from published.reconciliation_weekly
            where defended_conversions is not null and week + 6 between cast(? as date) - {7 * GAP_WEEKS - 1} and ?
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
        """,
        [through, through],
    )
