with

received as (
    select * from {{ source('raw_file_drop', 'ga4_events') }}
),

final as (
    {{ ga4_event_columns('received') }}
)

select * from final
