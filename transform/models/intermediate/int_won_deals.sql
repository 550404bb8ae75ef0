-- Won deals of every CRM, with one contact each, in the deal's currency.
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

won as (
    select
        hubspot.deal_id,
        'hubspot' as source_system,
        first_contacts.contact_id,
        hubspot.closed_at as won_at,
        hubspot.currency_code,
        coalesce(hubspot.amount_local, 0) as revenue_local,
        hubspot.gross_margin_local
    from hubspot
    left join first_contacts on hubspot.deal_id = first_contacts.deal_id
    where hubspot.is_won and not hubspot.is_archived and hubspot.closed_at is not null
    union all
    select
        file_drop.deal_id,
        'file_drop' as source_system,
        file_drop.contact_id,
        file_drop.closed_at as won_at,
        file_drop.currency_code,
        coalesce(file_drop.amount_local, 0) as revenue_local,
        file_drop.gross_margin_local
    from file_drop
    where file_drop.is_won and file_drop.closed_at is not null
),

final as (
    select
        deal_id,
        source_system,
        contact_id,
        won_at,
        {{ business_day('won_at') }} as date_day,
        currency_code,
        cast(revenue_local as decimal(18, 6)) as revenue_local,
        gross_margin_local
    from won
    where {{ business_day('won_at') }} <= {{ as_of_date() }}
)

select * from final
