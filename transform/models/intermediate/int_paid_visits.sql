-- What is known of who came by which ad platform: visits, and click ids that have no visit of their own. Only of people
-- who bought, and visits that converted.
with

buyers as (
    select distinct person_id from {{ ref('fct_orders') }}
),

sessions as (
    select * from {{ ref('fct_sessions') }}
),

campaigns as (
    select * from {{ ref('int_campaigns') }}
    where is_id_unique
),

channel_platforms as (
    select * from {{ ref('int_channel_platforms') }}
),

clicks as (
    select * from {{ ref('int_click_touches') }}
),

contacts as (
    select
        identifiers.person_id,
        contacts.fbclid,
        min(contacts.lead_at) as lead_at
    from {{ ref('int_contacts') }} as contacts
    inner join {{ ref('int_person_identifiers') }} as identifiers
        on identifiers.identifier_type = 'contact_id' and contacts.contact_id = identifiers.identifier_value
    where contacts.fbclid is not null
    group by identifiers.person_id, contacts.fbclid
),

seen as (
    select distinct fbclid
    from sessions
    where fbclid is not null
),

visits as (
    select
        sessions.person_id,
        coalesce(campaigns.platform, channel_platforms.platform) as platform,
        sessions.campaign_id,
        sessions.channel,
        sessions.session_started_at as touched_at,
        sessions.date_day,
        true as is_visit,
        sessions.is_converting,
        sessions.revenue_amount
    from sessions
    left join buyers on sessions.person_id = buyers.person_id
    left join campaigns on sessions.campaign_id = campaigns.campaign_id
    left join channel_platforms on sessions.channel = channel_platforms.channel
    where
        coalesce(campaigns.platform, channel_platforms.platform) in ('google_ads', 'meta_ads')
        and (buyers.person_id is not null or sessions.is_converting)
),

final as (
    select
        person_id,
        platform,
        campaign_id,
        channel,
        touched_at,
        date_day,
        is_visit,
        is_converting,
        revenue_amount
    from visits
    union all
    select
        person_id,
        'google_ads' as platform,
        campaign_id,
        channel,
        touched_at,
        date_day,
        false as is_visit,
        false as is_converting,
        cast(0 as decimal(18, 6)) as revenue_amount
    from clicks
    union all
    select
        contacts.person_id,
        'meta_ads' as platform,
        cast(null as string) as campaign_id,
        cast(null as string) as channel,
        contacts.lead_at as touched_at,
        {{ business_day('contacts.lead_at') }} as date_day,
        false as is_visit,
        false as is_converting,
        cast(0 as decimal(18, 6)) as revenue_amount
    from contacts
    left join seen on contacts.fbclid = seen.fbclid
    where seen.fbclid is null
)

select * from final
