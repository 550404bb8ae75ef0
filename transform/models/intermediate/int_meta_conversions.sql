-- Meta reports the same purchase under several overlapping action types: one of each kind is taken, never a sum.
with

insights as (
    select * from {{ ref('stg_meta_ads__campaign_daily') }}
),

kinds as (
    {% for kind, types in [('purchase', var('meta_purchase_actions')), ('lead', var('meta_lead_actions'))] %}
    {%- set outer_loop = loop -%}
    {% for type in types %}
    select
        '{{ kind }}' as kind,
        '{{ type }}' as action_type,
        {{ loop.index }} as preference
    {% if not (loop.last and outer_loop.last) %}union all{% endif %}
    {% endfor %}
    {% endfor %}
),

actions as (
    select
        account_id,
        date_day,
        campaign_id,
        {{ each_record('actions', ['action_type', 'value']) }} as action
    from insights
),

action_values as (
    select
        account_id,
        date_day,
        campaign_id,
        {{ each_record('action_values', ['action_type', 'value']) }} as action
    from insights
),

claims as (
    select
        account_id,
        date_day,
        campaign_id,
        action.action_type,
        cast(action.value as double) as conversions,
        cast(null as decimal(18, 6)) as value_local
    from actions
    union all
    select
        account_id,
        date_day,
        campaign_id,
        action.action_type,
        cast(null as double) as conversions,
        {{ money('action.value') }} as value_local
    from action_values
),

by_type as (
    select
        claims.account_id,
        claims.date_day,
        claims.campaign_id,
        kinds.kind,
        kinds.preference,
        sum(claims.conversions) as conversions,
        sum(claims.value_local) as value_local
    from claims
    inner join kinds on claims.action_type = kinds.action_type
    group by claims.account_id, claims.date_day, claims.campaign_id, kinds.kind, kinds.preference
),

preferred as (
    select *
    from by_type
    qualify row_number() over (partition by account_id, date_day, campaign_id, kind order by preference) = 1
),

final as (
    select
        preferred.account_id,
        preferred.date_day,
        preferred.campaign_id,
        max(insights.currency_code) as currency_code,
        sum(preferred.conversions) as conversions,
        coalesce(sum(case when preferred.kind = 'purchase' then preferred.conversions end), 0) as purchases,
        cast(coalesce(sum(preferred.value_local), 0) as decimal(18, 6)) as value_local,
        cast(coalesce(sum(case when preferred.kind = 'purchase' then preferred.value_local end), 0) as decimal(18, 6))
            as purchase_value_local
    from preferred
    inner join insights
        on
            preferred.account_id = insights.account_id
            and preferred.date_day = insights.date_day
            and preferred.campaign_id = insights.campaign_id
    group by preferred.account_id, preferred.date_day, preferred.campaign_id
)

select * from final
