{{ config(
    materialized='incremental',
    incremental_strategy='replace',
    unique_key='session_id',
    changed='int_changed_visits',
    on_schema_change='fail'
) }}

-- depends_on: {{ ref('int_changed_visits') }}
with

sessions as (
    select * from {{ ref('int_session_channels') }}
    {% if is_incremental() -%}
    where session_id in (select changed.session_id from {{ ref('int_changed_visits') }} as changed)
    {%- endif %}
),

revenues as (
    select * from {{ ref('int_session_revenues') }}
),

-- apart from the rest, a sort of few columns
first_sessions as (
    select
        identifiers.person_id,
        visits.session_id
    from {{ ref('int_sessions') }} as visits
    inner join {{ ref('int_person_identifiers') }} as identifiers
        on visits.user_pseudo_id = identifiers.identifier_value and identifiers.identifier_type = 'ga_client_id'
    {% if is_incremental() -%}
    -- all sessions of a person are built anew, or none
    where visits.session_id in (select changed.session_id from {{ ref('int_changed_visits') }} as changed)
    {%- endif %}
    qualify
        row_number() over (
            partition by identifiers.person_id order by visits.session_started_at, visits.session_id
        ) = 1
),

-- people are fewer than sessions: joined to them first, and to all sessions once
browsers as (
    select
        identifiers.identifier_value as user_pseudo_id,
        identifiers.person_id,
        first_sessions.session_id as first_session_id
    from {{ ref('int_person_identifiers') }} as identifiers
    left join first_sessions on identifiers.person_id = first_sessions.person_id
    where
        identifiers.identifier_type = 'ga_client_id'
        {% if is_incremental() -%}
        and identifiers.identifier_value in (select sessions.user_pseudo_id from sessions)
        {%- endif %}
),

final as (
    select
        sessions.session_id,
        browsers.person_id,
        sessions.user_pseudo_id,
        sessions.session_started_at,
        sessions.date_day,
        sessions.channel,
        sessions.source,
        sessions.medium,
        sessions.campaign_id,
        sessions.campaign_name,
        sessions.landing_page,
        sessions.device_category,
        sessions.country,
        sessions.is_engaged,
        coalesce(sessions.session_id = browsers.first_session_id, false) as is_new_visitor,
        sessions.key_events > 0 as is_converting,
        sessions.key_events,
        sessions.page_views,
        sessions.engagement_seconds,
        sessions.gclid,
        sessions.fbclid,
        not sessions.is_engaged as is_bounce,
        coalesce(revenues.purchases, 0) as purchases,
        revenues.currency_code,
        cast(revenues.revenue_local as decimal(18, 6)) as revenue_local,
        cast(coalesce(revenues.revenue_amount, 0) as decimal(18, 6)) as revenue_amount,
        sessions.click_id_type,
        sessions.session_rule,
        sessions.channel_rule,
        sessions.campaign_rule
    from sessions
    left join browsers on sessions.user_pseudo_id = browsers.user_pseudo_id
    left join revenues on sessions.session_id = revenues.session_id
)

select * from final
