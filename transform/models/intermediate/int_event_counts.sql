{{ config(
    materialized='incremental',
    incremental_strategy='replace',
    unique_key='date_day',
    changed='int_changed_days',
    on_schema_change='fail'
) }}
{%- set identifiers = ['gclid', 'wbraid', 'gbraid', 'msclkid', 'fbclid', 'user_id', 'transaction_id'] -%}
-- What later models need of all events, by day, country, session and what the browser carried: who was logged in, which
-- ads brought it, what it bought. Of whom nothing is known, only day and country are.
-- depends_on: {{ ref('int_changed_days') }}, and {{ ref('int_replaced_sessions') }}, which reads what is replaced here
with

events as (
    select * from {{ ref('int_events') }}
    {% if is_incremental() -%}
    where date_day in (select changed_days.date_day from {{ ref('int_changed_days') }} as changed_days)
    {%- endif %}
),

named as (
    select
        date_day,
        {{ business_day('event_at') }} as business_day,
        coalesce({{ known('country') }}, '(unknown)') as country,
        session_id,
        user_pseudo_id as ga_client_id,
        {% for identifier in identifiers %}
        case
            when user_pseudo_id is not null
                then {{ real_identifier(identifier) if identifier in ['user_id', 'transaction_id'] else identifier }}
        end as {{ identifier }},
        {% endfor %}
        event_at,
        has_analytics_consent,
        event_name in ('page_view', 'screen_view') as is_page_view
    from events
),

final as (
    select
        date_day,
        business_day,
        country,
        session_id,
        ga_client_id,
        {{ identifiers | join(',\n        ') }},
        count(*) as events,
        count(case when has_analytics_consent then 1 end) as consented_events,
        count(case when is_page_view then 1 end) as page_views,
        count(case when is_page_view and has_analytics_consent then 1 end) as consented_page_views,
        min(event_at) as first_seen_at,
        max(event_at) as last_seen_at
    from named
    group by date_day, business_day, country, session_id, ga_client_id, {{ identifiers | join(', ') }}
)

select * from final
