-- By channel, campaign and ad too, every model shares out all conversions of a type: by its own result, and by credits.
with

parts as (
    select
        'model' as level,
        model,
        conversion_type,
        sum(model_conversions) as conversions,
        cast(null as decimal(38, 6)) as value
    from {{ ref('attribution_channels') }}
    group by model, conversion_type
    union all
    select
        'channels' as level,
        model,
        conversion_type,
        sum(credited_conversions) as conversions,
        sum(credited_value) as value
    from {{ ref('attribution_channels') }}
    group by model, conversion_type
    union all
    select
        level,
        model,
        conversion_type,
        sum(credited_conversions) as conversions,
        sum(credited_value) as value
    from {{ ref('attribution_levels') }}
    group by level, model, conversion_type
),

expected as (
    select
        conversion_type,
        cast(count(*) as double) as conversions,
        sum(value) as value
    from {{ ref('fct_conversions') }}
    group by conversion_type
),

models as (
    select distinct model from {{ ref('fct_attribution') }}
),

levels as (
    select distinct level from parts
)

select
    expected.*,
    models.model,
    levels.level,
    parts.conversions as found_conversions,
    parts.value as found_value
from expected
cross join models
cross join levels
left join parts
    on
        expected.conversion_type = parts.conversion_type
        and models.model = parts.model
        and levels.level = parts.level
where
    coalesce(abs(parts.conversions - expected.conversions) > 1e-6, true)
    or (levels.level != 'model' and coalesce(parts.value != expected.value, true))
