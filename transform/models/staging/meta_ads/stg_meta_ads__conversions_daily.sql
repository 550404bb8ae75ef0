-- Purchases and leads of a campaign by the day of the conversion, as the ad sets' own attribution setting counts them,
-- and how many of them rest on an ad that was only seen. One action type a goal, as Meta's types overlap.
with

received as (
    select * from {{ source('raw_meta_ads', 'campaign_conversions_daily') }}
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

windows as (
    select
        account_id,
        date_start as date_day,
        campaign_id,
        action_type,
        cast(value as double) as conversions,
        {{ money('action_value') }} as value_local,
        attribution_window = '1d_view' as is_view
    from received
    where attribution_window in ('default', '1d_view')
),

final as (
    select
        windows.account_id,
        windows.date_day,
        windows.campaign_id,
        goals.goal,
        coalesce(sum(case when not windows.is_view then windows.conversions end), 0) as conversions,
        coalesce(sum(case when not windows.is_view then windows.value_local end), 0) as value_local,
        coalesce(sum(case when windows.is_view then windows.conversions end), 0) as view_conversions,
        coalesce(sum(case when windows.is_view then windows.value_local end), 0) as view_value_local
    from windows
    inner join goals on windows.action_type = goals.action_type
    group by windows.account_id, windows.date_day, windows.campaign_id, goals.goal, goals.preference
    qualify
        row_number() over (
            partition by windows.account_id, windows.date_day, windows.campaign_id, goals.goal
            order by goals.preference
        ) = 1
)

select * from final
