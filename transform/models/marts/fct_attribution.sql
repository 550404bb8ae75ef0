{%- set learning = ['markov', 'shapley'] -%}
{%- set rules = var('attribution_models') | reject('in', learning) | list -%}
{{ config(
    materialized='incremental',
    incremental_strategy='replace',
    unique_key='person_id',
    changed='int_changed_people',
    also_changed={'once': 'int_path_changes', 'rows': "model in ('markov', 'shapley')"},
    on_schema_change='fail'
) }}
-- Credit goes to the touches of a path. Every conversion is in every model, and no part of its value is lost: a share
-- is rounded to a millionth, and the last touch that earns any carries the rest. A touch that earns nothing has no row.
-- A rule's credits change with the person's own path; those of models that learn with everybody's: they are all anew
-- once one path is another.
-- depends_on: {{ ref('int_changed_people') }}, {{ ref('int_path_changes') }}
with

conversions as (
    select
        *,
        {% if is_incremental() -%}
        person_id in (select changed.person_id from {{ ref('int_changed_people') }} as changed) as is_changed
        {%- else -%}
        true as is_changed
        {%- endif %}
    from {{ ref('int_conversions') }}
),

shares as (
    select * from {{ ref('int_attribution_shares') }}
),

paths as (
    select * from {{ ref('fct_conversion_paths') }}
),

counted as (
    select
        *,
        position as touch_number,
        count(*) over (partition by conversion_id) as touch_count,
        max(touched_at) over (partition by conversion_id) as last_touched_at,
        max(case when channel != 'Direct' then position end) over (partition by conversion_id)
            as last_non_direct_number
    from paths
    where
        conversion_id in (
            select conversions.conversion_id from conversions
            where conversions.is_changed
        )
),

ruled as (
    select
        *,
        -- counted from the last touch, so that no half-life is too short for a long journey
        power(
            cast(2 as double),
            -{{ seconds_between('touched_at', 'last_touched_at') }}
            / (86400 * cast({{ var('attribution_half_life_days') }} as double))
        ) as recency
    from counted
),

learned as (
    select
        paths.*,
        paths.position as touch_number,
        shares.markov_share,
        shares.shapley_share,
        count(*) over (partition by paths.conversion_id, paths.channel) as channel_touches
    from paths
    inner join shares on paths.conversion_id = shares.conversion_id and paths.channel = shares.channel
),

weights as (
    {% for models, touches in [(rules, 'ruled'), (learning, 'learned')] %}
    {% for model in models %}
    select
        '{{ model }}' as model,
        conversion_id,
        touchpoint_id,
        touch_number,
        channel,
        campaign_id,
        campaign_name,
        ad_id,
        ad_name,
        {{ attribution_weight(model) }} as weight
    from {{ touches }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

models as (
    {% for model in var('attribution_models') %}
    select
        '{{ model }}' as model,
        {% if is_incremental() and model in learning -%}
        (select count(*) from {{ ref('int_path_changes') }}) > 0 as is_whole
        {%- else -%}
        false as is_whole
        {%- endif %}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

credits as (
    select
        conversions.journey_id,
        conversions.conversion_type,
        models.model,
        conversions.conversion_id,
        conversions.converted_at,
        conversions.date_day,
        conversions.person_id,
        conversions.value,
        conversions.gross_margin_amount,
        weights.touchpoint_id,
        coalesce(weights.channel, '(unattributed)') as channel,
        weights.campaign_id,
        weights.campaign_name,
        weights.ad_id,
        weights.ad_name,
        coalesce(weights.weight, 1) as weight,
        row_number() over (
            partition by conversions.conversion_id, models.model order by weights.touch_number desc nulls last
        ) = 1 as is_last_touch
    from conversions
    inner join models on conversions.is_changed or models.is_whole
    left join weights
        on
            conversions.conversion_id = weights.conversion_id
            and models.model = weights.model
            and weights.weight > 0
),

portions as (
    select
        *,
        {{ convert('value', 'weight') }} as value_share,
        {{ convert('gross_margin_amount', 'weight') }} as margin_share
    from credits
),

final as (
    select
        {{ surrogate_key(['conversion_type', 'conversion_id', 'model', 'touchpoint_id']) }} as attribution_key,
        conversion_id,
        conversion_type,
        converted_at,
        date_day,
        touchpoint_id,
        journey_id,
        person_id,
        model,
        channel,
        campaign_id,
        campaign_name,
        weight,
        weight as credited_conversions,
        cast(
            value_share + case
                when is_last_touch then value - sum(value_share) over (partition by conversion_id, model)
                else 0
            end as decimal(18, 6)
        ) as credited_value,
        cast(
            margin_share + case
                when is_last_touch then gross_margin_amount - sum(margin_share) over (partition by conversion_id, model)
                else 0
            end as decimal(18, 6)
        ) as credited_gross_margin,
        ad_id,
        ad_name
    from portions
)

select * from final
