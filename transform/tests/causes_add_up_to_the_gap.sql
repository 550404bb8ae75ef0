-- The causes of a week, channel and platform add up to the gap between claim and defended number, to the last digit, in
-- conversions and in money; and no cause stands without its week.
with

causes as (
    select
        week,
        channel,
        platform,
        sum(conversions) as conversions,
        sum(revenue_amount) as revenue_amount
    from {{ ref('reconciliation_causes') }}
    group by week, channel, platform
),

weeks as (
    select * from {{ ref('reconciliation_weekly') }}
    where gap_conversions is not null
)

select
    coalesce(weeks.week, causes.week) as week,
    coalesce(weeks.channel, causes.channel) as channel,
    coalesce(weeks.platform, causes.platform) as platform,
    weeks.gap_conversions,
    causes.conversions,
    weeks.gap_revenue_amount,
    causes.revenue_amount
from weeks
full outer join causes
    on weeks.week = causes.week and weeks.channel = causes.channel and weeks.platform = causes.platform
where
    coalesce(weeks.gap_conversions, 0) != coalesce(causes.conversions, 0)
    or coalesce(weeks.gap_revenue_amount, 0) != coalesce(causes.revenue_amount, 0)
