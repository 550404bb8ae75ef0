with

received as (
    select * from {{ source('raw_file_drop', 'quarantine') }}
),

final as (
    select
        file_name,
        line_number,
        field,
        reason
    from received
)

select * from final
