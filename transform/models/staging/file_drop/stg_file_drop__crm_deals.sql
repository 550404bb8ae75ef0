with

received as (
    select * from {{ source('raw_file_drop', 'crm_deals') }}
),

final as (
    select
        'file_drop:' || deal_id as deal_id,
        -- a forgotten person has one random id in all sources
        case
            when contact_id like 'forgotten-%' then contact_id
            else 'file_drop:' || nullif(contact_id, '')
        end as contact_id,
        {{ utc('created_at') }} as created_at,
        {{ utc('closed_at') }} as closed_at,
        stage as stage_id,
        coalesce(is_won, false) as is_won,
        {{ money('amount') }} as amount_local,
        upper(nullif(trim(currency_code), '')) as currency_code,
        {{ money('gross_margin') }} as gross_margin_local
    from received
)

select * from final
