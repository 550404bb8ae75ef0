{{ config(
    materialized='incremental',
    incremental_strategy='replace',
    unique_key='session_id',
    changed='int_changed_sessions',
    on_schema_change='fail'
) }}
{%- set click_ids = ['gclid', 'wbraid', 'gbraid', 'msclkid', 'ttclid', 'li_fat_id', 'fbclid'] -%}
-- One row a session as analytics reports it, before identity, campaigns and repairs. A session that lasts over midnight
-- is one session, of its first day; GA4's reports by day count it on both days.
-- depends_on: {{ ref('int_changed_sessions') }}, {{ ref('int_changed_session_days') }}
with

events as (
    select * from {{ ref('int_session_events') }}
    {% if is_incremental() -%}
    where
        session_id in (select changed.session_id from {{ ref('int_changed_sessions') }} as changed)
        and date_day in (select days.date_day from {{ ref('int_changed_session_days') }} as days)
    {%- endif %}
),

ordered as (
    select
        *,
        {{ event_order('event_micros') }} as event_order
    from events
),

sessions as (
    select
        session_id,
        -- the first in the alphabet: one event that GA4 gave a session is enough
        min(session_rule) as session_rule,
        min(property_id) as property_id,
        min(user_pseudo_id) as user_pseudo_id,
        min(event_at) as session_started_at,
        min(date_day) as date_day,
        max(date_day) as last_day,
        {% for column in [
            'session_channel_group', 'session_source', 'session_medium', 'session_campaign_id',
            'session_campaign_name', 'session_google_ads_campaign_id', 'collected_source', 'collected_medium',
            'collected_campaign_id', 'collected_campaign_name', 'device_category', 'country'
        ] + click_ids %}
        min_by({{ column }}, event_order) filter (where {{ column }} is not null) as {{ column }},
        {% endfor %}
        min_by(page_location, event_order) filter (where event_name = 'page_view') as landing_location,
        count(case when event_name in ('{{ var("key_events") | join("', '") }}') then 1 end) as key_events,
        count(case when event_name in ('page_view', 'screen_view') then 1 end) as page_views,
        coalesce(sum(engagement_msec), 0) as engagement_msec,
        max(case when session_engaged is not null then case when session_engaged = '1' then 1 else 0 end end)
            as engaged_flag
    from ordered
    group by session_id
),

final as (
    select
        session_id,
        session_rule,
        property_id,
        user_pseudo_id,
        session_started_at,
        date_day,
        last_day,
        {{ known('session_channel_group') }} as reported_channel,
        coalesce(session_source, collected_source) as source,
        coalesce(session_medium, collected_medium) as medium,
        {{ known('coalesce(session_campaign_id, collected_campaign_id)') }} as utm_campaign_id,
        {{ known('coalesce(session_campaign_name, collected_campaign_name)') }} as utm_campaign_name,
        {{ known('session_google_ads_campaign_id') }} as google_ads_campaign_id,
        {{ url_parameter('landing_location', 'gad_campaignid') }} as click_campaign_id,
        {{ click_ids | join(',\n        ') }},
        -- the one that says most about who was paid, where a link was passed on and carries several
        case
            {% for click_id in click_ids %}
            when {{ click_id }} is not null then '{{ click_id }}'
            {% endfor %}
        end as click_id_type,
        -- a medium of the owner's own says whether a link was paid for
        {{ url_parameter('landing_location', 'utm_medium') }} is not null as is_tagged,
        {{ url_parameter('landing_location', 'utm_content') }} as utm_content,
        device_category,
        {{ known('country') }} as country,
        {{ url_path('landing_location') }} as landing_page,
        key_events,
        page_views,
        cast(engagement_msec as double) / 1000 as engagement_seconds,
        -- GA4's own flag where events carry it, else GA4's definition
        coalesce(
            engaged_flag = 1,
            engagement_msec >= {{ var('engaged_seconds') }} * 1000 or key_events > 0 or page_views >= 2
        ) as is_engaged
    from sessions
    -- as of a group, this is asked after the events are read once
    where session_rule is not null
)

select * from final
