-- Each model's result by channel, two ways: what the model itself says of the channel, and what the touches of the
-- channel are credited with once the conversions are shared out one by one.
with

paths as (
    select * from {{ ref('int_attribution_paths') }}
),

members as (
    select
        conversion_type,
        {{ each_item('channel_set') }} as channel,
        conversions,
        non_conversions
    from paths
),

journeys as (
    select
        conversion_type,
        channel,
        cast(sum(conversions) as bigint) as converting_journeys,
        cast(sum(non_conversions) as bigint) as open_journeys
    from members
    group by conversion_type, channel
),

totals as (
    select
        conversion_type,
        cast(sum(conversions) as double) as conversions,
        cast(sum(value) as double) as value
    from paths
    group by conversion_type
),

sets as (
    select
        conversion_type,
        channel_set,
        cast(sum(conversions + non_conversions) as double) as journeys
    from paths
    group by conversion_type, channel_set
),

learned_by_set as (
    select * from {{ ref('int_attribution_values') }}
),

effects as (
    select distinct
        conversion_type,
        channel,
        removal_effect,
        value_removal_effect
    from learned_by_set
),

markov as (
    select
        effects.conversion_type,
        effects.channel,
        'markov' as model,
        effects.removal_effect,
        totals.conversions * effects.removal_effect
        / nullif(sum(effects.removal_effect) over by_type, 0) as model_conversions,
        totals.value * effects.value_removal_effect
        / nullif(sum(effects.value_removal_effect) over by_type, 0) as model_value,
        cast(0 as double) as error_bound
    from effects
    inner join totals on effects.conversion_type = totals.conversion_type
    window by_type as (
        partition by effects.conversion_type order by effects.channel
        rows between unbounded preceding and unbounded following
    )
),

shapley as (
    select
        learned_by_set.conversion_type,
        learned_by_set.channel,
        'shapley' as model,
        cast(null as double) as removal_effect,
        {{ exact_sum('sets.journeys * learned_by_set.conversions_per_journey') }} as model_conversions,
        {{ exact_sum('sets.journeys * learned_by_set.value_per_journey') }} as model_value,
        -- 95 % of a normal distribution lie within 1.96 standard errors
        1.96 * sqrt({{ exact_sum('power(sets.journeys * learned_by_set.standard_error, 2)') }}) as error_bound
    from learned_by_set
    inner join sets
        on learned_by_set.conversion_type = sets.conversion_type and learned_by_set.channel_set = sets.channel_set
    group by learned_by_set.conversion_type, learned_by_set.channel
),

learned as (
    select * from markov
    union all
    select * from shapley
),

credited as (
    select
        model,
        conversion_type,
        channel,
        {{ exact_sum('credited_conversions') }} as credited_conversions,
        cast(sum(credited_value) as decimal(18, 6)) as credited_value
    from {{ ref('fct_attribution') }}
    group by model, conversion_type, channel
),

-- a rule says of every channel that was seen what it earns: nothing where it has no row
seen as (
    {% for model in var('attribution_models') %}
    select
        '{{ model }}' as model,
        conversion_type,
        channel
    from journeys
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
    union
    select
        model,
        conversion_type,
        channel
    from credited
),

joined as (
    select
        seen.model,
        seen.conversion_type,
        seen.channel,
        learned.removal_effect,
        learned.error_bound,
        learned.model_conversions,
        learned.model_value,
        coalesce(credited.credited_conversions, 0) as credited_conversions,
        coalesce(credited.credited_value, 0) as credited_value,
        coalesce(journeys.converting_journeys, 0) as converting_journeys,
        coalesce(journeys.open_journeys, 0) as open_journeys
    from seen
    left join learned
        on
            seen.model = learned.model
            and seen.conversion_type = learned.conversion_type
            and seen.channel = learned.channel
    left join credited
        on
            seen.model = credited.model
            and seen.conversion_type = credited.conversion_type
            and seen.channel = credited.channel
    left join journeys
        on seen.conversion_type = journeys.conversion_type and seen.channel = journeys.channel
),

final as (
    select
        model,
        conversion_type,
        channel,
        case model
            when 'position_based'
                then 'first {{ var("attribution_first_share") }}, last {{ var("attribution_last_share") }}'
            when 'time_decay' then 'half-life {{ var("attribution_half_life_days") }} days'
            when 'markov' then 'order {{ var("attribution_markov_order") }}'
        end as parameters,
        removal_effect,
        coalesce(model_conversions, credited_conversions) as model_conversions,
        cast(coalesce(round(model_value, 6), credited_value) as decimal(18, 6)) as model_value,
        credited_conversions,
        cast(credited_value as decimal(18, 6)) as credited_value,
        credited_conversions
        / nullif(sum(credited_conversions) over (
            partition by model, conversion_type order by channel
            rows between unbounded preceding and unbounded following
        ), 0) as credited_share,
        converting_journeys,
        open_journeys,
        coalesce(error_bound, 0) as error_bound
    from joined
)

select * from final
