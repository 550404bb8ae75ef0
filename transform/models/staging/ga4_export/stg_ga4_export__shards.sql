with

received as (
    select * from {{ source('raw_ga4_export', 'shards') }}
),

final as (
    select
        property_id,
        event_date as date_day,
        table_id,
        num_rows,
        {{ from_micros('cast(last_modified_time as bigint) * 1000') }} as last_modified_at
    from received
)

select * from final
