-- The gap between claim and defended number in parts, each with its week, channel, platform and cause. Every claim and
-- every credit goes through once, so that the parts add up to the gap; docs/reconciliation.md walks through them.
{% set parts = [
    ('moves', 'week', "'click_date'", 'moved_conversions', 'moved_amount'),
    ('moves', 'week', "'currency'", '0', 'difference_amount - moved_amount'),
    ('unmatched', 'date_day', 'cause', 'conversions', 'amount'),
    ('claim_sales', 'date_day', "'time_zone'", 'conversions', 'claimed_value_amount'),
    ('claim_sales', 'sale_day', "'time_zone'", '-conversions', '-claimed_value_amount'),
    ('claim_sales', 'sale_day', 'value_cause', '0', 'claimed_value_amount - sale_value_amount'),
    ('sales', 'date_day', "'claimed_twice'", 'claimed - kept', 'claimed_amount - kept_amount'),
    ('sales', 'date_day', 'cause', 'kept - credited', 'kept_amount - credited_amount')
] %}
with

moves as (
    select * from {{ ref('int_reconciliation_moves') }}
),

claims as (
    select * from {{ ref('int_claims') }}
),

claim_sales as (
    select * from {{ ref('int_claim_sales') }}
),

sales as (
    select * from {{ ref('int_reconciliation_sales') }}
),

found as (
    select
        platform,
        account_id,
        campaign_id,
        date_day,
        sum(conversions) as conversions,
        sum(claimed_value_amount) as value_amount
    from claim_sales
    group by platform, account_id, campaign_id, date_day
),

-- views have no sale that anybody could name; what rounding leaves of a value is none of a claim
unmatched as (
    select
        claims.date_day,
        claims.channel,
        claims.platform,
        case
            when claims.kind = 'view' then 'attribution_window'
            when claims.conversions = found.conversions then 'currency'
            else 'unexplained'
        end as cause,
        claims.conversions - coalesce(found.conversions, 0) as conversions,
        claims.value_amount - coalesce(found.value_amount, 0) as amount
    from claims
    left join found
        on
            claims.platform = found.platform
            and claims.account_id = found.account_id
            and claims.campaign_id = found.campaign_id
            and claims.date_day = found.date_day
            and claims.kind = 'click'
),

parts as (
    {% for relation, day, cause, conversions, amount in parts %}
    select
        {{ week_of(day) }} as week,
        {{ cause }} as part_cause,
        {{ conversions }} as part_conversions,
        {{ amount }} as part_amount,
        channel,
        platform
    from {{ relation }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

final as (
    select
        week,
        channel,
        platform,
        part_cause as cause,
        cast(sum(part_conversions) as decimal(18, 9)) as conversions,
        cast(sum(part_amount) as decimal(18, 6)) as amount
    from parts
    group by week, channel, platform, part_cause
)

select * from final
where conversions != 0 or amount != 0
