with

received as (
    select * from {{ source('ops', 'loads') }}
),

final as (
    select
        source,
        {{ utc('started_at') }} as started_at,
        {{ utc('coalesce(as_of, started_at)') }} as looked_at,
        newest_data_day
    from received
    where failed is null
)

select * from final
