-- A stock: read it at the last day of a period and never sum it over days.
with

loads as (
    select * from {{ ref('stg_ops__loads') }}
    where newest_data_day is not null and looked_at <= {{ as_of() }}
),

sources as (
    select * from {{ ref('stg_ops__sources') }}
    where is_enabled
),

load_days as (
    select
        {{ business_day('looked_at') }} as look_day,
        max(looked_at) as looked_at
    from loads
    group by {{ business_day('looked_at') }}
),

look_days as (
    select {{ each_day('min(look_day)', as_of_date()) }} as look_day
    from load_days
),

-- A day is judged by the last load of the day after it; where nothing was loaded then, by the end of that day.
looks as (
    select
        look_days.look_day,
        case
            when look_days.look_day = {{ as_of_date() }} then {{ as_of() }}
            else coalesce(
                load_days.looked_at,
                {{ day_start('look_days.look_day + interval 1 day', "'" ~ var('business_time_zone') ~ "'") }}
            )
        end as looked_at
    from look_days
    left join load_days on look_days.look_day = load_days.look_day
),

known as (
    select
        looks.look_day,
        looks.looked_at,
        loads.source,
        max_by(loads.newest_data_day, loads.started_at) as newest_data_day
    from looks
    inner join loads on looks.looked_at >= loads.looked_at
    inner join sources on loads.source = sources.source
    group by looks.look_day, looks.looked_at, loads.source
),

final as (
    select
        {{ surrogate_key(['source', 'look_day']) }} as data_age_key,
        source,
        cast(look_day - interval 1 day as date) as date_day,
        looked_at,
        newest_data_day,
        -- a day is complete when the next one begins
        {{ seconds_between("cast(newest_data_day + interval 1 day as timestamp)", 'looked_at') }} / 3600
            as data_age_hours
    from known
)

select * from final
