-- What each channel of a path that converted gets of the conversion, by the models that learn from data.
with

converted as (
    select
        conversion_id,
        replace(conversion_types, '|', '') as conversion_type,
        channel_set
    from {{ ref('int_journey_paths') }}
    where conversion_id is not null
),

learned as (
    select * from {{ ref('int_attribution_values') }}
),

final as (
    select
        converted.conversion_id,
        learned.channel,
        learned.markov_share,
        learned.shapley_share
    from converted
    inner join learned
        on converted.conversion_type = learned.conversion_type and converted.channel_set = learned.channel_set
)

select * from final
