-- Why claim and defended number differ, a week, channel and cause: what the parts of a gap add up to.
with

parts as (
    select * from {{ ref('int_reconciliation_parts') }}
),

weeks as (
    select * from {{ ref('reconciliation_weekly') }}
    where defended_conversions is not null
),

causes as (
    select * from {{ ref('reconciliation_cause_names') }}
),

final as (
    select
        parts.week,
        parts.channel,
        parts.platform,
        parts.cause,
        causes.sort_order,
        causes.explanation,
        parts.conversions,
        parts.amount as revenue_amount
    from parts
    inner join weeks
        on parts.week = weeks.week and parts.channel = weeks.channel and parts.platform = weeks.platform
    left join causes on parts.cause = causes.cause
)

select * from final
