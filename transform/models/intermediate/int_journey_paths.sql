-- The channels of a path in the order of its touches, and what came of it.
with

windows as (
    select * from {{ ref('int_path_windows') }}
),

paths as (
    select
        path_id,
        {{ ordered_list('channel', 'touch_number') }} as path,
        {{ distinct_list('channel') }} as channel_set
    from {{ ref('int_path_touches') }}
    group by path_id
),

final as (
    select
        windows.path_id,
        windows.conversion_id,
        windows.conversion_types,
        windows.value,
        paths.path,
        paths.channel_set
    from paths
    inner join windows on paths.path_id = windows.path_id
)

select * from final
