with

received as (
    select * from {{ source('raw_hubspot', 'deals') }}
),

final as (
    select
        deal_id,
        coalesce(is_archived, false) as is_archived,
        {{ utc('created_at') }} as created_at,
        {{ utc('updated_at') }} as updated_at,
        {{ utc('closed_at') }} as closed_at,
        pipeline_id,
        stage_id,
        coalesce(is_closed, false) as is_closed,
        coalesce(is_won, false) as is_won,
        {{ money('amount') }} as amount_local,
        upper(nullif(currency_code, '')) as currency_code,
        {{ money('gross_margin') }} as gross_margin_local,
        owner_id
    from received
)

select * from final
