-- Deals of every CRM, open and closed, with one contact each, in the deal's currency.
with

hubspot as (
    select * from {{ ref('stg_hubspot__deals') }}
),

deal_contacts as (
    select * from {{ ref('stg_hubspot__deal_contacts') }}
),

file_drop as (
    select * from {{ ref('stg_file_drop__crm_deals') }}
),

contacts as (
    select * from {{ ref('int_contacts') }}
),

-- A deal may have several contacts: the one whom the CRM has known for longest brought it. A contact that the CRM does
-- not list (erased, or never exported) still tells which deals are of one person.
first_contacts as (
    select
        deal_contacts.deal_id,
        deal_contacts.contact_id
    from deal_contacts
    left join contacts on deal_contacts.contact_id = contacts.contact_id
    qualify
        row_number() over (
            partition by deal_contacts.deal_id order by contacts.created_at nulls last, deal_contacts.contact_id
        ) = 1
),

final as (
    select
        hubspot.deal_id,
        'hubspot' as source_system,
        first_contacts.contact_id,
        hubspot.created_at,
        hubspot.closed_at,
        hubspot.is_closed or hubspot.is_won as is_closed,
        hubspot.is_won,
        hubspot.currency_code,
        hubspot.amount_local,
        hubspot.gross_margin_local
    from hubspot
    left join first_contacts on hubspot.deal_id = first_contacts.deal_id
    where not hubspot.is_archived
    union all
    -- a spreadsheet has one column for both: a deal with a closing time that has passed is closed
    select
        file_drop.deal_id,
        'file_drop' as source_system,
        file_drop.contact_id,
        file_drop.created_at,
        file_drop.closed_at,
        file_drop.is_won or file_drop.closed_at <= {{ as_of() }} as is_closed,
        file_drop.is_won,
        file_drop.currency_code,
        file_drop.amount_local,
        file_drop.gross_margin_local
    from file_drop
)

select * from final
