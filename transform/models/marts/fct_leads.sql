with

contacts as (
    select * from {{ ref('int_person_contacts') }}
    where is_lead
),

sessions as (
    select * from {{ ref('fct_sessions') }}
),

first_sessions as (
    select
        contacts.contact_id,
        sessions.channel,
        sessions.campaign_id
    from contacts
    inner join sessions
        on contacts.person_id = sessions.person_id and contacts.lead_at >= sessions.session_started_at
    qualify
        row_number() over (
            partition by contacts.contact_id order by sessions.session_started_at, sessions.session_id
        ) = 1
),

final as (
    select
        contacts.contact_id as lead_id,
        contacts.person_id,
        contacts.lead_at,
        contacts.lead_day as date_day,
        contacts.mql_at,
        contacts.sql_at,
        contacts.opportunity_at,
        contacts.customer_at,
        coalesce(first_sessions.channel, contacts.origin_channel, '(unattributed)') as channel,
        case
            when first_sessions.channel is not null then first_sessions.campaign_id
            else contacts.origin_campaign_id
        end as campaign_id,
        contacts.source_system,
        contacts.country
    from contacts
    left join first_sessions on contacts.contact_id = first_sessions.contact_id
)

select * from final
