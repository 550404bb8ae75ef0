-- What an ad is credited with a day, by goal. Action types overlap and windows include each other, so a goal takes one
-- type of the lists in dbt_project.yml (or the one of the settings), in the ad set's own attribution setting.
with

received as (
    select * from {{ source('raw_meta_ads', 'ad_actions_daily') }}
),

goals as (
    {% for goal, types in [('purchase', var('meta_purchase_actions')), ('lead', var('meta_lead_actions'))] %}
    {%- set outer_loop = loop -%}
    {% for type in types %}
    select
        '{{ goal }}' as goal,
        '{{ type }}' as action_type,
        {{ loop.index }} as preference
    {% if not (loop.last and outer_loop.last) %}union all{% endif %}
    {% endfor %}
    {% endfor %}
),

final as (
    select
        received.account_id,
        received.date_start as date_day,
        received.campaign_id,
        received.adset_id,
        received.ad_id,
        goals.goal,
        received.action_type,
        cast(received.value as double) as conversions,
        {{ money('received.action_value') }} as value_local
    from received
    inner join goals on received.action_type = goals.action_type
    where received.attribution_window = 'default'
    qualify
        row_number() over (
            partition by received.account_id, received.date_start, received.ad_id, goals.goal order by goals.preference
        ) = 1
)

select * from final
