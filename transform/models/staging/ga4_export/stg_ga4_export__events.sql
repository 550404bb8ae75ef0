with

received as (
    select * from {{ source('raw_ga4_export', 'events') }}
),

final as (
    {{ ga4_event_columns('received') }}
)

select * from final
