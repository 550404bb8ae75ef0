-- What each model credits, at three levels: channel, campaign and ad. Each level shares out all conversions: what is
-- not known at a level is a row of its own.
{% set levels = {
    'channel': [], 'campaign': ['campaign_id'], 'ad': ['campaign_id', 'ad_id']
} %}
{% set names = {'campaign_id': 'campaign_name', 'ad_id': 'ad_name'} %}
with

attribution as (
    select * from {{ ref('fct_attribution') }}
),

parts as (
    {% for level, ids in levels.items() %}
    select
        '{{ level }}' as level,
        model,
        conversion_type,
        channel,
        {% for id, name in names.items() %}
        {{ id if id in ids else 'cast(null as string)' }} as {{ id }},
        {{ 'max(' ~ name ~ ')' if id in ids else 'cast(null as string)' }} as {{ name }},
        {% endfor %}
        {{ exact_sum('credited_conversions') }} as credited_conversions,
        cast(sum(credited_value) as decimal(18, 6)) as credited_value,
        count(distinct conversion_id) as conversions
    from attribution
    group by {{ (['model', 'conversion_type', 'channel'] + ids) | join(', ') }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

final as (
    select
        {{ surrogate_key(['level', 'model', 'conversion_type', 'channel', 'campaign_id', 'ad_id']) }} as level_key,
        level,
        model,
        conversion_type,
        channel,
        campaign_id,
        campaign_name,
        ad_id,
        ad_name,
        credited_conversions,
        credited_value,
        credited_conversions
        / nullif(sum(credited_conversions) over (
            partition by level, model, conversion_type order by channel, campaign_id, ad_id
            rows between unbounded preceding and unbounded following
        ), 0) as credited_share,
        conversions
    from parts
)

select * from final
