with

sessions as (
    select * from {{ ref('int_sessions') }}
),

channels as (
    select * from {{ ref('int_session_channels') }}
),

identifiers as (
    select * from {{ ref('int_person_identifiers') }}
    where identifier_type = 'ga_client_id'
),

final as (
    select
        sessions.session_id,
        identifiers.person_id,
        sessions.user_pseudo_id,
        sessions.session_started_at,
        sessions.date_day,
        channels.channel,
        channels.source,
        channels.medium,
        channels.campaign_id,
        channels.campaign_name,
        sessions.landing_page,
        sessions.device_category,
        sessions.country,
        sessions.is_engaged,
        row_number() over (
            partition by identifiers.person_id order by sessions.session_started_at, sessions.session_id
        ) = 1 as is_new_visitor,
        sessions.key_events > 0 as is_converting,
        sessions.key_events,
        sessions.page_views,
        sessions.engagement_seconds,
        sessions.gclid,
        sessions.fbclid
    from sessions
    inner join channels on sessions.session_id = channels.session_id
    left join identifiers on sessions.user_pseudo_id = identifiers.identifier_value
)

select * from final
