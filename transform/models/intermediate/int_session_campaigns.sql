{{ config(materialized='view') }}

-- Campaign of a session, with the rule that found it: by id (Google Ads' link, the id in a Google click's URL, the utm
-- id), else the click view of the gclid, else the name of a paid session.
with

sessions as (
    select * from {{ ref('int_session_guesses') }}
),

campaigns as (
    select * from {{ ref('int_campaigns') }}
),

clicks as (
    select
        gclid,
        max_by(campaign_id, date_day) as campaign_id
    from {{ ref('stg_google_ads__click_view') }}
    group by gclid
),

channels as (
    select * from {{ ref('int_channels') }}
),

final as (
    select
        sessions.*,
        case
            when by_link.campaign_id is not null then 'google_ads_link'
            when by_url.campaign_id is not null then 'gad_campaignid'
            when by_id.campaign_id is not null then 'utm_id'
            when by_click.campaign_id is not null then 'click_view'
            when by_name.campaign_id is not null then 'name'
        end as campaign_rule,
        {% for column in ['campaign_id', 'campaign_name', 'channel'] %}
        coalesce(
            by_link.{{ column }}, by_url.{{ column }}, by_id.{{ column }}, by_click.{{ column }}, by_name.{{ column }}
        ) as {{ 'campaign_channel' if column == 'channel' else column }},
        {% endfor %}
        by_link.campaign_id is not null as is_google_ads_link
    from sessions
    left join clicks on sessions.gclid = clicks.gclid
    left join channels on sessions.first_guess = channels.channel
    left join campaigns as by_link
        on sessions.google_ads_campaign_id = by_link.campaign_id and by_link.platform = 'google_ads'
    left join campaigns as by_url
        on
            sessions.click_campaign_id = by_url.campaign_id
            and by_url.platform = 'google_ads'
            and sessions.click_platform = 'Google Ads'
    left join campaigns as by_id on sessions.utm_campaign_id = by_id.campaign_id and by_id.is_id_unique
    left join campaigns as by_click
        on clicks.campaign_id = by_click.campaign_id and by_click.platform = 'google_ads'
    left join campaigns as by_name
        on
            {{ normalised_name('sessions.utm_campaign_name') }} = by_name.matching_name
            and by_name.is_name_unique
            and channels.is_paid
)

select * from final
