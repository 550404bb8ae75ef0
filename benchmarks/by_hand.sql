-- The models' answer written by hand for just this question: the events read once and sorted once, then journeys, paths
-- and six attribution models. No copies of events, no identity but the contact's own browser, no repair of channels.
create or replace table by_hand.sessions as
with

events as (
    select
        user_pseudo_id,
        event_timestamp,
        event_date,
        event_name,
        session_channel_group,
        session_source,
        session_medium,
        session_campaign_id,
        session_campaign_name,
        device_category,
        geo_country,
        coalesce(collected_gclid, regexp_extract(page_location, '[?&]gclid=([^&#]+)', 1)) as gclid,
        page_location,
        engaged,
        engagement_msec,
        ga_session_id,
        batch_event_index
    from (
        select
            *,
            params[1] as ga_session_id,
            params[2] as page_location,
            params[3] as engaged,
            cast(params[4] as bigint) as engagement_msec
        from (
            select
                *,
                json_extract_string(event_params, [
                    '$.ga_session_id.int_value', '$.page_location.string_value',
                    '$.session_engaged.string_value', '$.engagement_time_msec.int_value'
                ]) as params
            from raw_ga4_export.events
            where user_pseudo_id is not null
        )
    )
),

numbered as (
    select
        *,
        lag(ga_session_id) over in_order is distinct from ga_session_id as is_first
    from events
    window in_order as (partition by user_pseudo_id order by event_timestamp, batch_event_index)
)

select
    user_pseudo_id,
    ga_session_id,
    user_pseudo_id || '.' || ga_session_id as session_id,
    make_timestamp(min(event_timestamp)) as started_at,
    min(event_date) as date_day,
    any_value(session_channel_group) filter (where is_first) as channel,
    any_value(session_source) filter (where is_first) as source,
    any_value(session_medium) filter (where is_first) as medium,
    any_value(session_campaign_id) filter (where is_first) as campaign_id,
    any_value(session_campaign_name) filter (where is_first) as campaign_name,
    any_value(device_category) filter (where is_first) as device_category,
    any_value(geo_country) filter (where is_first) as country,
    min_by(gclid, event_timestamp) filter (where gclid != '') as gclid,
    min_by(page_location, event_timestamp) filter (where event_name = 'page_view') as landing_page,
    count(*) filter (where event_name = 'page_view') as page_views,
    count(*) filter (where event_name = 'generate_lead') as key_events,
    sum(engagement_msec) as engagement_msec,
    max(engaged) = '1' as is_engaged
from numbered
group by user_pseudo_id, ga_session_id;

create or replace table by_hand.touches as
with

deals as (
    select
        contact_id as user_pseudo_id,
        deal_id,
        closed_at at time zone 'UTC' as ends_at,
        cast(amount as decimal(18, 6)) as value,
        lag(closed_at at time zone 'UTC') over (partition by contact_id order by closed_at, deal_id) as starts_after
    from raw_file_drop.crm_deals
    where is_won
),

last_deals as (
    select
        user_pseudo_id,
        max(ends_at) as ends_at
    from deals
    group by user_pseudo_id
),

touches as (
    select
        sessions.*,
        deals.deal_id,
        deals.ends_at,
        deals.value
    from by_hand.sessions
    inner join deals
        on
            sessions.user_pseudo_id = deals.user_pseudo_id
            and sessions.started_at <= deals.ends_at
            and (deals.starts_after is null or sessions.started_at > deals.starts_after)
            and sessions.started_at >= deals.ends_at - interval 90 day
    union all
    select
        sessions.*,
        null as deal_id,
        null as ends_at,
        null as value
    from by_hand.sessions
    left join last_deals on sessions.user_pseudo_id = last_deals.user_pseudo_id
    where last_deals.ends_at is null or sessions.started_at > last_deals.ends_at
)

select
    *,
    row_number() over in_order as touch,
    count(*) over (partition by user_pseudo_id, deal_id) as touches,
    max(started_at) over (partition by user_pseudo_id, deal_id) as last_at
from touches
window in_order as (partition by user_pseudo_id, deal_id order by started_at, session_id);

create or replace table by_hand.paths as
with

journeys as (
    select
        user_pseudo_id,
        deal_id,
        list(channel order by touch) as path,
        any_value(value) as value
    from by_hand.touches
    where deal_id is not null or started_at >= last_at - interval 90 day
    group by user_pseudo_id, deal_id
)

select
    path,
    count(deal_id) as conversions,
    count(*) - count(deal_id) as non_conversions,
    sum(value) as value
from journeys
group by path;

create or replace table by_hand.attribution as
with

recent as (
    select
        *,
        power(2, -date_diff('second', started_at, last_at) / (86400 * 7.0)) as recency,
        max(case when channel != 'Direct' then touch end) over (partition by deal_id) as last_non_direct
    from by_hand.touches
    where deal_id is not null
),

weighted as (
    select
        *,
        case when touch = 1 then 1.0 else 0 end as first_touch,
        case when touch = touches then 1.0 else 0 end as last_touch,
        case when touch = coalesce(last_non_direct, touches) then 1.0 else 0 end as last_non_direct_touch,
        1.0 / touches as linear,
        case
            when touches = 1 then 1.0
            when touches = 2 then 0.5
            when touch in (1, touches) then 0.4
            else 0.2 / (touches - 2)
        end as position_based,
        recency / sum(recency) over (partition by deal_id) as time_decay
    from recent
)

select
    deal_id,
    session_id,
    channel,
    campaign_id,
    unnest(['first', 'last', 'last_non_direct', 'linear', 'position_based', 'time_decay']) as model,
    unnest([first_touch, last_touch, last_non_direct_touch, linear, position_based, time_decay]) as weight,
    unnest([first_touch, last_touch, last_non_direct_touch, linear, position_based, time_decay]) * value as credited_value
from weighted;
