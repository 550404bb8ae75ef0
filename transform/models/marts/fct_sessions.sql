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

revenues as (
    select * from {{ ref('int_session_revenues') }}
),

-- apart from the rest, a sort of few columns; and read by itself, since what is named twice would be kept as a whole
first_sessions as (
    select visits.session_id
    from {{ ref('int_sessions') }} as visits
    inner join identifiers on visits.user_pseudo_id = identifiers.identifier_value
    qualify
        row_number() over (
            partition by identifiers.person_id order by visits.session_started_at, visits.session_id
        ) = 1
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
        first_sessions.session_id is not null as is_new_visitor,
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
        channels.channel_rule,
        channels.campaign_rule
    from sessions
    inner join channels on sessions.session_id = channels.session_id
    left join identifiers on sessions.user_pseudo_id = identifiers.identifier_value
    left join revenues on sessions.session_id = revenues.session_id
    left join first_sessions on sessions.session_id = first_sessions.session_id
)

select * from final
