with

received as (
    select * from {{ source('raw_hubspot', 'contact_stages') }}
),

final as (
    select
        contact_id,
        stage,
        {{ utc('entered_at') }} as entered_at,
        set_by
    from received
)

select * from final
