{{ config(materialized='view') }}

-- Sessions with channel and campaign, each with the rule that decided it; docs/channels.md tells them one by one.
with

sessions as (
    select * from {{ ref('int_session_campaigns') }}
),

decided as (
    select
        *,
        case
            when custom_rule is not null then 'custom_rule_' || cast(custom_rule as string)
            -- an id that unpaid links carry too says less than the campaign
            when is_open_to_repair and (proves_payment or (proves_payment = false and campaign_channel is null))
                then click_id_type
            when
                campaign_channel is not null
                and (
                    first_guess in ('Unassigned', 'Paid Other')
                    or (is_open_to_repair and click_id_type is not null)
                )
                then 'campaign'
            when reported_channel is not null then 'ga4_reported'
            when is_google_ads_link then 'google_ads_link'
            else 'ga4_default_rules'
        end as channel_rule
    from sessions
),

final as (
    select
        session_id,
        session_rule,
        user_pseudo_id,
        session_started_at,
        date_day,
        landing_page,
        device_category,
        country,
        is_engaged,
        key_events,
        page_views,
        engagement_seconds,
        gclid,
        fbclid,
        click_id_type,
        utm_content,
        case
            when channel_rule = click_id_type then coalesce(campaign_channel, click_channel)
            when channel_rule in ('campaign', 'google_ads_link') then campaign_channel
            else first_guess
        end as channel,
        channel_rule,
        case
            when channel_rule = click_id_type then click_source
            when channel_rule = 'campaign' then coalesce({{ known('source') }}, click_source)
            else {{ known('source') }}
        end as source,
        case
            when channel_rule = click_id_type then click_medium
            when medium = '(none)' then medium
            else {{ known('medium') }}
        end as medium,
        campaign_id,
        case
            when campaign_name is not null then campaign_name
            -- what was repaired came without a tag: its name would be one of GA4's own words
            when channel_rule = click_id_type then null
            else utm_campaign_name
        end as campaign_name,
        campaign_rule
    from decided
)

select * from final
