with

received as (
    select * from {{ source('raw_hubspot', 'pipeline_stages') }}
),

final as (
    select
        pipeline_id,
        pipeline_label,
        stage_id,
        label as stage_label,
        display_order,
        is_closed = 'true' as is_closed,
        cast(nullif(probability, '') as double) as win_rate
    from received
)

select * from final
