with

received as (
    select * from {{ source('raw_hubspot', 'deal_stages') }}
),

final as (
    select
        deal_id,
        stage as stage_id,
        {{ utc('entered_at') }} as entered_at,
        set_by
    from received
)

select * from final
