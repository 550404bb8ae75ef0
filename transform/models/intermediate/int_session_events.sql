{{ config(materialized='view') }}
{%- set columns = [
    'property_id', 'user_pseudo_id', 'date_day', 'event_at', 'event_micros', 'event_name', 'device_category',
    'country', 'collected_campaign_id', 'collected_campaign_name', 'collected_source', 'collected_medium', 'gclid',
    'wbraid', 'gbraid', 'msclkid', 'ttclid', 'li_fat_id', 'fbclid', 'session_campaign_id', 'session_campaign_name',
    'session_source', 'session_medium', 'session_channel_group', 'session_google_ads_campaign_id', 'page_location',
    'session_engaged', 'engagement_msec', 'transaction_id', 'purchase_revenue_local', 'currency_code',
    'batch_page_id', 'batch_ordering_id', 'batch_event_index', 'row_index'
] -%}
-- Events of browsers that gave consent, each in its session: GA4's own, else one by inactivity. An event of the latter
-- kind stands here without a session and a rule too: to leave it out would parse the parameters of all events twice,
-- and whoever joins or groups by session drops it for nothing.
with

events as (
    select * from {{ ref('int_events') }}
),

by_inactivity as (
    select * from {{ ref('int_inactivity_sessions') }}
),

final as (
    select
        session_id,
        case when session_id is not null then 'ga_session_id' end as session_rule,
        {{ columns | join(',\n        ') }}
    from events
    where user_pseudo_id is not null
    union all
    select
        found_session_id as session_id,
        'inactivity' as session_rule,
        {{ columns | join(',\n        ') }}
    from by_inactivity
)

select * from final
