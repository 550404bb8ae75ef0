-- Every end that a path can have: won deals, leads, qualified leads and the configured key events, with what is before
-- it in its group. A purchase keeps the order's id; the ids of others begin with their type, so that none can be taken
-- for another.
with

orders as (
    select * from {{ ref('fct_orders') }}
),

journeys as (
    select * from {{ ref('int_journeys') }}
),

{% set qualified_at = {
    'mql': 'least(mql_at, sql_at, opportunity_at, customer_at)', 'sql': 'least(sql_at, opportunity_at, customer_at)'
} %}
ends as (
    select
        orders.order_id as conversion_id,
        journeys.conversion_type,
        'purchase' as conversion_group,
        orders.person_id,
        orders.won_at as converted_at,
        orders.date_day,
        orders.revenue_amount as value,
        orders.gross_margin_amount,
        orders.order_id,
        cast(null as string) as lead_id
    from orders
    inner join journeys on orders.order_id = journeys.conversion_id
    {% for type, column in [
        ('lead', 'lead_at'), ('qualified_lead', qualified_at.get(var('journey_qualified_stage')))
    ] if type in var('journey_conversion_types') %}
    union all
    select
        '{{ type }}:' || lead_id as conversion_id,
        '{{ type }}' as conversion_type,
        '{{ type }}' as conversion_group,
        person_id,
        {{ column }} as converted_at,
        {{ business_day(column) }} as date_day,
        cast(0 as decimal(18, 6)) as value,
        cast(null as decimal(18, 6)) as gross_margin_amount,
        cast(null as string) as order_id,
        lead_id
    from {{ ref('fct_leads') }}
    where {{ column }} is not null
    {% endfor %}
    {% if var('journey_key_events') %}
    union all
    select
        events.event_name || ':' || events.session_id as conversion_id,
        events.event_name as conversion_type,
        events.event_name as conversion_group,
        min(sessions.person_id) as person_id,
        min(events.event_at) as converted_at,
        {{ business_day('min(events.event_at)') }} as date_day,
        cast(0 as decimal(18, 6)) as value,
        cast(null as decimal(18, 6)) as gross_margin_amount,
        cast(null as string) as order_id,
        cast(null as string) as lead_id
    from {{ ref('int_session_events') }} as events
    inner join {{ ref('fct_sessions') }} as sessions on events.session_id = sessions.session_id
    where events.event_name in ({{ text_list(var('journey_key_events')) }})
    -- the same event again in a visit is the same conversion
    group by events.event_name, events.session_id
    {% endif %}
),

final as (
    select
        ends.*,
        lag(ends.converted_at) over (
            partition by ends.person_id, ends.conversion_group order by ends.converted_at, ends.conversion_id
        ) as starts_after,
        {{ lookback_days('ends.conversion_type') }} as lookback_days,
        journeys.journey_id,
        journeys.journey_number = 1 as is_new_customer
    from ends
    inner join journeys
        on
            ends.person_id = journeys.person_id
            and case
                when ends.order_id is not null then ends.order_id = journeys.conversion_id
                else
                    (journeys.starts_after is null or ends.converted_at > journeys.starts_after)
                    and (journeys.ends_at is null or ends.converted_at <= journeys.ends_at)
            end
    where ends.date_day <= {{ as_of_date() }}
)

select * from final
