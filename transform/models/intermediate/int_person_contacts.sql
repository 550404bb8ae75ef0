-- Contacts with their person and the channel that the CRM gives as their origin.
with

contacts as (
    select * from {{ ref('int_contacts') }}
),

identifiers as (
    select * from {{ ref('int_person_identifiers') }}
    where identifier_type = 'contact_id'
),

campaigns as (
    select * from {{ ref('int_campaigns') }}
    where is_name_unique
),

final as (
    select
        contacts.*,
        identifiers.person_id,
        -- the CRM knows one kind of paid search: the campaign tells whether it was another
        case
            when contacts.analytics_source in ('PAID_SEARCH', 'PAID_SOCIAL')
                then coalesce(campaigns.channel, {{ crm_source_channel('contacts.analytics_source') }})
            else {{ crm_source_channel('contacts.analytics_source') }}
        end as origin_channel,
        case
            when contacts.analytics_source in ('PAID_SEARCH', 'PAID_SOCIAL') then campaigns.campaign_id
        end as origin_campaign_id
    from contacts
    left join identifiers on contacts.contact_id = identifiers.identifier_value
    left join campaigns on lower(trim(contacts.analytics_source_data_1)) = campaigns.matching_name
)

select * from final
