-- Every end that a path can have: won deals, leads, qualified leads and the configured key events, with what is before
-- it in its group. A purchase keeps the order's id; the ids of others begin with their type, so that none can be taken
-- for another.
with

journeys as (
    select * from {{ ref('int_journeys') }}
),

-- a lead that skipped the stage is qualified by the next one
leads as (
    select
        leads.person_id,
        leads.lead_id,
        leads.lead_at,
        min(stages.entered_at) as qualified_at
    from {{ ref('fct_leads') }} as leads
    left join {{ ref('int_stage_changes') }} as stages
        on
            leads.lead_id = stages.lead_id
            and stages.entered_stage in ({{ qualifying_stages() }})
    group by leads.person_id, leads.lead_id, leads.lead_at
),

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
    from {{ ref('fct_orders') }} as orders
    inner join journeys on orders.order_id = journeys.conversion_id
    {% for type, column in [('lead', 'lead_at'), ('qualified_lead', 'qualified_at')] %}
    union all
    select
        '{{ type }}:' || lead_id as conversion_id,
        '{{ type }}' as conversion_type,
        '{{ type }}' as conversion_group,
        person_id,
        {{ column }} as converted_at,
        {{ business_day(column) }} as date_day,
        cast(0 as decimal(18, 6)) as value,
        null as gross_margin_amount,
        null as order_id,
        lead_id
    from leads
    where {{ column }} is not null and {{ 'true' if type in var('journey_conversion_types') else 'false' }}
    {% endfor %}
    {% if var('journey_key_events') %}
    union all
    -- the same event again in a visit is the same conversion
    select
        events.event_name || ':' || events.session_id as conversion_id,
        events.event_name as conversion_type,
        events.event_name as conversion_group,
        min(sessions.person_id) as person_id,
        min(events.event_at) as converted_at,
        {{ business_day('min(events.event_at)') }} as date_day,
        cast(0 as decimal(18, 6)) as value,
        null as gross_margin_amount,
        null as order_id,
        null as lead_id
    from {{ ref('int_journey_events') }} as events
    inner join {{ ref('fct_sessions') }} as sessions on events.session_id = sessions.session_id
    where events.event_name in ({{ text_list(var('journey_key_events')) }})
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
