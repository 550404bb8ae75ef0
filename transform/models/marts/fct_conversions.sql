with

conversions as (
    select * from {{ ref('int_conversions') }}
),

persons as (
    select * from {{ ref('dim_person') }}
),

first_visits as (
    select * from {{ ref('fct_sessions') }}
    where is_new_visitor
),

paths as (
    select
        conversion_id,
        cast(sum(repeats) as bigint) as touches,
        count(*) as path_length,
        min_by(channel, position) as first_channel,
        max_by(channel, position) as last_channel,
        max(days_to_conversion) as days_to_conversion
    from {{ ref('fct_conversion_paths') }}
    group by conversion_id
),

final as (
    select
        conversions.conversion_id,
        conversions.conversion_type,
        conversions.person_id,
        conversions.converted_at,
        conversions.date_day,
        conversions.journey_id,
        conversions.order_id,
        conversions.lead_id,
        cast(conversions.value as decimal(18, 6)) as value,
        '{{ var("reporting_currency") }}' as currency_code,
        conversions.is_new_customer,
        coalesce(first_visits.session_started_at > conversions.converted_at, true) as is_offline,
        coalesce(paths.touches, 0) as touches,
        coalesce(paths.path_length, 0) as path_length,
        coalesce(paths.first_channel, '(unattributed)') as first_channel,
        coalesce(paths.last_channel, '(unattributed)') as last_channel,
        paths.days_to_conversion,
        {{ seconds_between('persons.first_touch_at', 'conversions.converted_at') }} / 86400 as days_from_first_touch,
        cast(conversions.lookback_days as integer) as lookback_days,
        {{ text_literal(var('journey_path_transforms') | join(', ') or 'unique_path') }} as path_transforms,
        {{ text_literal(var('journey_settings')) }} as path_settings,
        '{{ var("journey_settings_hash") }}' as settings_hash
    from conversions
    inner join persons on conversions.person_id = persons.person_id
    left join first_visits on conversions.person_id = first_visits.person_id
    left join paths on conversions.conversion_id = paths.conversion_id
)

select * from final
