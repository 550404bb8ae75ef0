"""What adds up must add up: metrics over days and segments, and the marts over what they are made of."""

from __future__ import annotations

from quality.checks import Check, literal
from transform.kpi.registry import Registry
from warehouse.layout import MARTS, SEMANTIC

# A mart of days, what it sums, and the fact and expression that it is the sum of.
_MARTS = (
    ("channel_daily", "spend_amount", "fct_ad_spend", "spend_amount"),
    ("channel_daily", "impressions", "fct_ad_spend", "coalesce(impressions, 0)"),
    ("channel_daily", "clicks", "fct_ad_spend", "coalesce(clicks, 0)"),
    ("channel_daily", "sessions", "fct_sessions", "1"),
    ("channel_daily", "leads", "fct_leads", "1"),
    ("channel_daily", "orders", "fct_orders", "1"),
    ("channel_daily", "revenue_amount", "fct_orders", "revenue_amount"),
    ("campaign_daily", "spend_amount", "fct_ad_spend", "spend_amount"),
    ("campaign_daily", "clicks", "fct_ad_spend", "coalesce(clicks, 0)"),
)


def additivity_checks(registry: Registry) -> list[Check]:
    """The rules; metrics that count people add up to nothing, those of the end of a period not over its days."""
    over_channels = [metric.name for metric in registry.metrics if metric.adds_up]
    over_days = [
        metric.name for metric in registry.metrics if metric.adds_up_over_days and {"day", "week"} <= set(metric.grains)
    ]
    return [
        _marts(),
        *([_grains(over_days)] if over_days else []),
        *([_segments(over_channels)] if over_channels else []),
    ]


def _marts() -> Check:
    sums = " union all ".join(
        f"select {literal(f'{mart}.{column}')} as measure, date_day, "
        f"cast(coalesce({column}, 0) as decimal(38, 6)) as held, cast(0 as decimal(38, 6)) as counted "
        f"from {MARTS}.{mart} "
        f"union all select {literal(f'{mart}.{column}')}, date_day, 0, cast({counted} as decimal(38, 6)) "
        f"from {MARTS}.{fact}"
        for mart, column, fact, counted in _MARTS
    )
    return Check(
        name="marts_add_up_to_their_facts",
        table=f"{MARTS}.channel_daily",
        about=",".join(dict.fromkeys(f"{MARTS}.{mart}" for mart, *_ in _MARTS)),
        kind="rows",
        query=f"""
            select concat_ws(' ', measure, date_day, 'is', sum(held), 'of', sum(counted)) as subject
            from ({sums}) as sums group by measure, date_day having abs(sum(held) - sum(counted)) >= 0.005
        """,
        limit="each day of a mart by channel or campaign = the day of its fact, to the cent",
        mend="a fault of the mart: `kpi refresh --full-rebuild`; if it stays, report it",
        owner="data",
    )


def _grains(names: list[str]) -> Check:
    listed = ", ".join(literal(name) for name in names)
    return Check(
        name="metrics_add_up_over_days",
        table=f"{SEMANTIC}.kpi_values",
        kind="rows",
        query=f"""
            with totals as (
                select kpi, grain, period_start, period_end, value from {SEMANTIC}.kpi_values
                where kpi in ({listed}) and segment_dimension = '' and value is not null
            )
            select concat_ws(' ', w.kpi, w.grain, w.period_start, 'is', any_value(w.value), 'of', sum(d.value))
                   as subject
            from totals as w join totals as d
                on d.kpi = w.kpi and d.grain = 'day' and d.period_start between w.period_start and w.period_end
            where w.grain in ('week', 'month')
            group by w.kpi, w.grain, w.period_start, w.period_end
            having count(*) = w.period_end - w.period_start + 1
                and abs(any_value(w.value) - sum(d.value)) > 1e-6 * greatest(1, abs(sum(d.value)))
        """,
        limit="the days of a week or month add up to it",
        mend="`kpi refresh` computes them again; if it stays, report it",
        owner="data",
    )


def _segments(names: list[str]) -> Check:
    listed = ", ".join(literal(name) for name in names)
    return Check(
        name="metrics_add_up_over_channels",
        table=f"{SEMANTIC}.kpi_values",
        kind="rows",
        query=f"""
            with found as (
                select kpi, grain, period_start, segment_dimension, coalesce(value, 0) as value
                from {SEMANTIC}.kpi_values
                where kpi in ({listed}) and segment_dimension in ('', 'channel') and grain in ('day', 'week', 'month')
            )
            select concat_ws(' ', t.kpi, t.grain, t.period_start, 'is', any_value(t.value), 'of', sum(s.value))
                   as subject
            from found as t join found as s
                on s.kpi = t.kpi and s.grain = t.grain and s.period_start = t.period_start
                and s.segment_dimension = 'channel'
            where t.segment_dimension = ''
            group by t.kpi, t.grain, t.period_start
            having abs(any_value(t.value) - sum(s.value)) > 1e-6 * greatest(1, abs(any_value(t.value)))
        """,
        limit="the channels of a period add up to it",
        mend="`kpi refresh` computes them again; if it stays, report it",
        owner="data",
    )
