{{ config(meta={'is_lookup': true}) }}

-- Channels known before any data: GA4's default channel groups, and those that the configured rules add.
with

defaults as (
    select * from {{ ref('default_channels') }}
),

configured as (
    {% for rule in var('channel_rules') %}
    select
        {{ text_literal(rule.channel) }} as channel,
        {{ rule.is_paid | default(false) | lower }} as is_paid,
        {{ loop.index }} as rule_number
    {% if not loop.last %}union all{% endif %}
    {% else %}
    select
        channel,
        is_paid,
        0 as rule_number
    from defaults
    where false
    {% endfor %}
),

added as (
    select
        configured.channel,
        bool_or(configured.is_paid) as is_paid,
        -- after GA4's own, before those that cost files add
        cast(50 + min(configured.rule_number) as bigint) as sort_order
    from configured
    left join defaults on configured.channel = defaults.channel
    where defaults.channel is null
    group by configured.channel
),

final as (
    select
        channel,
        is_paid,
        sort_order
    from defaults
    union all
    select * from added
)

select * from final
