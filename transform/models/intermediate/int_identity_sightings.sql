{{ config(
    materialized='incremental',
    incremental_strategy='replace',
    unique_key='date_day',
    changed='int_changed_days',
    on_schema_change='fail'
) }}
{%- set identifiers = ['gclid', 'wbraid', 'gbraid', 'msclkid', 'fbclid'] -%}
-- What each browser carried on each day: who was logged in, which ads brought it, what it bought.
-- depends_on: {{ ref('int_changed_days') }}
with

events as (
    select * from {{ ref('int_events') }}
    where
        user_pseudo_id is not null
        {% if is_incremental() -%}
        and date_day in (select changed_days.date_day from {{ ref('int_changed_days') }} as changed_days)
        {%- endif %}
),

named as (
    select
        date_day,
        event_at,
        user_pseudo_id as ga_client_id,
        {{ identifiers | join(',\n        ') }},
        {{ real_identifier('user_id') }} as user_id,
        {{ real_identifier('transaction_id') }} as transaction_id
    from events
),

final as (
    select
        date_day,
        ga_client_id,
        {{ identifiers | join(',\n        ') }},
        user_id,
        transaction_id,
        min(event_at) as first_seen_at,
        max(event_at) as last_seen_at
    from named
    group by date_day, ga_client_id, {{ identifiers | join(', ') }}, user_id, transaction_id
)

select * from final
