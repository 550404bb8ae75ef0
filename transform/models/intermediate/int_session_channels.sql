-- Channel and campaign of a session, each with the rule that decided it; docs/channels.md tells them one by one.
-- Channel: a configured rule, else a click id where nothing else was known to be paid, else GA4's own group, else the
-- campaign type of GA4's link to Google Ads, else GA4's default rules by source, medium and campaign.
-- Campaign: by id (Google Ads' link, the id in a Google click's URL, the utm id), else the click view of the gclid,
-- else the name of a paid session.
{% set told = {
    'source': "coalesce(sessions.source, case when sessions.medium is null then '(direct)' else '(not set)' end)",
    'medium': "coalesce(sessions.medium, case when sessions.source is null then '(none)' else '(not set)' end)",
    'campaign': "coalesce(sessions.utm_campaign_name, '(not set)')",
    'landing_page': "coalesce(sessions.landing_page, '(not set)')"
} %}
with

sessions as (
    select * from {{ ref('int_sessions') }}
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

source_categories as (
    select * from {{ ref('int_source_categories') }}
),

click_ids as (
    select * from {{ ref('click_ids') }}
),

guessed as (
    select
        sessions.*,
        clicks.campaign_id as clicked_campaign_id,
        {{ custom_channel_rule(told) }} as custom_rule,
        {{ default_channel(
            'sessions.source', 'sessions.medium', 'sessions.utm_campaign_name', 'source_categories.source_category'
        ) }} as default_channel
    from sessions
    left join clicks on sessions.gclid = clicks.gclid
    left join source_categories on lower(trim(sessions.source)) = source_categories.source
),

reported as (
    select
        *,
        coalesce({{ custom_channel('custom_rule') }}, reported_channel, default_channel) as first_guess
    from guessed
),

with_campaign as (
    select
        reported.*,
        click_ids.source as click_source,
        click_ids.medium as click_medium,
        click_ids.channel as click_channel,
        click_ids.proves_payment,
        -- an owner's own rule and own tags stand; a channel of which nothing is known never does
        reported.custom_rule is null
        and (
            reported.first_guess = 'Unassigned'
            or not coalesce(reported.is_tagged, false) and (
                reported.first_guess in ('Direct', 'Referral')
                or '|' || click_ids.organic_channels || '|' like '%|' || reported.first_guess || '|%'
            )
        ) as is_repaired,
        by_link.campaign_id as link_campaign_id,
        case
            when by_link.campaign_id is not null then 'google_ads_link'
            when by_url.campaign_id is not null then 'gad_campaignid'
            when by_id.campaign_id is not null then 'utm_id'
            when by_click.campaign_id is not null then 'click_view'
            when by_name.campaign_id is not null then 'name'
        end as campaign_rule,
        coalesce(
            by_link.campaign_id, by_url.campaign_id, by_id.campaign_id, by_click.campaign_id, by_name.campaign_id
        ) as campaign_id,
        coalesce(
            by_link.campaign_name, by_url.campaign_name, by_id.campaign_name, by_click.campaign_name,
            by_name.campaign_name
        ) as campaign_name,
        coalesce(
            by_link.channel, by_url.channel, by_id.channel, by_click.channel, by_name.channel
        ) as campaign_channel
    from reported
    left join channels on reported.first_guess = channels.channel
    left join click_ids on reported.click_id_type = click_ids.click_id
    left join campaigns as by_link
        on reported.google_ads_campaign_id = by_link.campaign_id and by_link.platform = 'google_ads'
    left join campaigns as by_url
        on
            reported.click_campaign_id = by_url.campaign_id
            and by_url.platform = 'google_ads'
            and click_ids.platform = 'Google Ads'
    left join campaigns as by_id on reported.utm_campaign_id = by_id.campaign_id and by_id.is_id_unique
    left join campaigns as by_click
        on reported.clicked_campaign_id = by_click.campaign_id and by_click.platform = 'google_ads'
    left join campaigns as by_name
        on
            {{ normalised_name('reported.utm_campaign_name') }} = by_name.matching_name
            and by_name.is_name_unique
            and channels.is_paid
),

decided as (
    select
        *,
        case
            when custom_rule is not null then 'custom_rule_' || cast(custom_rule as string)
            -- an id that unpaid links carry too says less than the campaign
            when is_repaired and (proves_payment or (proves_payment = false and campaign_channel is null))
                then click_id_type
            when (is_repaired or first_guess in ('Unassigned', 'Paid Other')) and campaign_channel is not null
                then 'campaign'
            when reported_channel is not null then 'ga4_reported'
            when link_campaign_id is not null then 'google_ads_link'
            else 'ga4_default_rules'
        end as channel_rule
    from with_campaign
),

final as (
    select
        session_id,
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
