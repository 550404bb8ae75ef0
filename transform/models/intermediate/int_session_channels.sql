-- Channel and campaign of a session.
-- Campaign: Google Ads' own link, else the click view of the gclid, else utm id, else the utm name of a paid session.
-- Repair: GA4 files some paid clicks under organic or direct. A gclid proves a Google ad (google / cpc, the campaign's
-- channel, else Paid Search). An fbclid proves only that the link was opened in Facebook or Instagram: an otherwise
-- unknown session becomes Organic Social, and Paid Social only when its medium says that it was paid for.
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
    select * from {{ ref('default_channels') }}
),

reported as (
    select
        sessions.*,
        clicks.campaign_id as clicked_campaign_id,
        coalesce(
            sessions.reported_channel,
            {{ default_channel('sessions.source', 'sessions.medium', 'sessions.utm_campaign_name') }}
        ) as first_guess
    from sessions
    left join clicks on sessions.gclid = clicks.gclid
),

with_campaign as (
    select
        reported.*,
        coalesce(by_link.campaign_id, by_click.campaign_id, by_id.campaign_id, by_name.campaign_id) as campaign_id,
        coalesce(
            by_link.campaign_name, by_click.campaign_name, by_id.campaign_name, by_name.campaign_name
        ) as campaign_name,
        coalesce(by_link.channel, by_click.channel, by_id.channel, by_name.channel) as campaign_channel
    from reported
    left join channels on reported.first_guess = channels.channel
    left join campaigns as by_link
        on reported.google_ads_campaign_id = by_link.campaign_id and by_link.platform = 'google_ads'
    left join campaigns as by_click
        on reported.clicked_campaign_id = by_click.campaign_id and by_click.platform = 'google_ads'
    left join campaigns as by_id on reported.utm_campaign_id = by_id.campaign_id and by_id.is_id_unique
    left join campaigns as by_name
        on
            lower(reported.utm_campaign_name) = by_name.matching_name
            and by_name.is_name_unique
            and channels.is_paid
),

repaired as (
    select
        *,
        case
            when gclid is not null and first_guess in ('Organic Search', 'Direct', 'Referral', 'Unassigned')
                then 'google'
            when fbclid is not null and first_guess in ('Direct', 'Referral', 'Unassigned')
                then 'facebook'
        end as proven_by_click
    from with_campaign
),

final as (
    select
        session_id,
        case
            when proven_by_click = 'google' then coalesce(campaign_channel, 'Paid Search')
            when proven_by_click = 'facebook' then coalesce(campaign_channel, 'Organic Social')
            when first_guess in ('Unassigned', 'Paid Other') then coalesce(campaign_channel, first_guess)
            else first_guess
        end as channel,
        coalesce(proven_by_click, {{ known('source') }}) as source,
        case
            when proven_by_click = 'google' then 'cpc'
            when proven_by_click = 'facebook' and campaign_channel is null then 'social'
            when medium = '(none)' then medium
            else {{ known('medium') }}
        end as medium,
        campaign_id,
        case
            when campaign_name is not null then campaign_name
            when proven_by_click is null then utm_campaign_name
        end as campaign_name
    from repaired
)

select * from final
