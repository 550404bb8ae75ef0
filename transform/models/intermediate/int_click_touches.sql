{{ config(materialized='view') }}

-- Clicks on ads without a session of their own: a click whose session exists is that session, and not counted again. A
-- click that the click view does not hold (it keeps 90 days) is known from the contact alone: it came before the lead.
with

identifiers as (
    select * from {{ ref('int_person_identifiers') }}
    where identifier_type = 'gclid'
),

sessions as (
    select distinct gclid
    from {{ ref('fct_sessions') }}
    where gclid is not null
),

clicks as (
    select * from {{ ref('int_ad_clicks') }}
),

contacts as (
    select
        gclid,
        min(lead_at) as lead_at,
        min(lead_day) as lead_day
    from {{ ref('int_contacts') }}
    where gclid is not null
    group by gclid
),

final as (
    select
        identifiers.person_id,
        identifiers.identifier_value as gclid,
        coalesce(clicks.clicked_at, contacts.lead_at) as touched_at,
        coalesce(clicks.date_day, contacts.lead_day) as date_day,
        coalesce(clicks.channel, 'Paid Search') as channel,
        clicks.campaign_id,
        clicks.campaign_name,
        clicks.ad_id,
        clicks.ad_name
    from identifiers
    left join sessions on identifiers.identifier_value = sessions.gclid
    left join clicks on identifiers.identifier_value = clicks.gclid
    left join contacts on identifiers.identifier_value = contacts.gclid
    where sessions.gclid is null and coalesce(clicks.clicked_at, contacts.lead_at) is not null
)

select * from final
