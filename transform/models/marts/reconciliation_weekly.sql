-- What each platform claims, analytics saw and the CRM closed, a week and channel, and the one number to defend.
-- Without analytics or a CRM nothing is credited to anybody: the defended number and the gap are unknown then.
{% set measures = ['claimed', 'seen', 'closed', 'defended'] %}
{% set facts = [
    ('claimed', 'fct_platform_purchases', 'cast(claimed_purchases as decimal(18, 9))', 'claimed_value_amount', 'true'),
    ('seen', 'int_paid_visits', '1', 'revenue_amount', 'is_converting'),
    ('closed', 'int_paid_credits', 'credited_conversions', 'credited_value_amount', "model = 'last'"),
    (
        'defended', 'int_paid_credits', 'credited_conversions', 'credited_value_amount',
        "model = '" ~ var('attribution_model') ~ "'"
    )
] %}
with

parts as (
    {% for fact, relation, conversions, amount, condition in facts %}
    select
        {{ week_of('date_day') }} as week,
        {% for measure in measures %}
        cast({{ conversions if measure == fact else 0 }} as decimal(18, 9)) as {{ measure }}_conversions,
        cast({{ amount if measure == fact else 0 }} as decimal(18, 6)) as {{ measure }}_revenue_amount,
        {% endfor %}
        channel,
        platform
    from {{ ref(relation) }}
    where {{ condition }}
    union all
    {% endfor %}
    -- weeks in which claims only came and went
    select
        week,
        {% for measure in measures %}
        0 as {{ measure }}_conversions,
        0 as {{ measure }}_revenue_amount,
        {% endfor %}
        channel,
        platform
    from {{ ref('int_reconciliation_parts') }}
),

known as (
    select
        exists (select 1 from {{ ref('fct_sessions') }}) and exists (select 1 from {{ ref('fct_orders') }}) as is_known
),

sums as (
    select
        week,
        {% for measure in measures %}
        cast(sum({{ measure }}_conversions) as decimal(18, 9)) as {{ measure }}_conversions,
        cast(sum({{ measure }}_revenue_amount) as decimal(18, 6)) as {{ measure }}_revenue_amount,
        {% endfor %}
        channel,
        platform
    from parts
    group by week, channel, platform
),

final as (
    select
        sums.week,
        sums.channel,
        sums.platform,
        sums.claimed_conversions,
        sums.claimed_revenue_amount,
        cast(sums.seen_conversions as bigint) as seen_conversions,
        sums.seen_revenue_amount,
        cast(sums.closed_conversions as bigint) as closed_conversions,
        sums.closed_revenue_amount,
        case when known.is_known then sums.defended_conversions end as defended_conversions,
        case when known.is_known then sums.defended_revenue_amount end as defended_revenue_amount,
        case when known.is_known then sums.claimed_conversions - sums.defended_conversions end as gap_conversions,
        case when known.is_known then sums.claimed_revenue_amount - sums.defended_revenue_amount end
            as gap_revenue_amount,
        'won deals of the CRM, each once, in the week of closing, credited by the model '
        || '{{ var("attribution_model") }} to visits of paid channels in the {{ var("attribution_lookback_days") }} '
        || 'days before' as rule
    from sums
    cross join known
)

select * from final
