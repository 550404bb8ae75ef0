{{ config(
    materialized='incremental',
    incremental_strategy='replace',
    unique_key='session_id',
    changed='int_changed_visits',
    on_schema_change='fail'
) }}
-- The ad of a session, with the rule that found it: the click view of its gclid; else what a Meta link says in
-- utm_content, an ad's id or the name of one ad of the session's campaign.
-- depends_on: {{ ref('int_changed_visits') }}
with

sessions as (
    select
        session_id,
        gclid,
        utm_content,
        campaign_id
    from {{ ref('int_session_channels') }}
    where
        (gclid is not null or utm_content is not null)
        {% if is_incremental() -%}
        and session_id in (select changed.session_id from {{ ref('int_changed_visits') }} as changed)
        {%- endif %}
),

clicks as (
    select * from {{ ref('int_ad_clicks') }}
),

meta_ads as (
    select
        ad_id,
        adset_id,
        campaign_id,
        ad_name,
        {{ normalised_name('ad_name') }} as matching_name,
        count(*) over (partition by campaign_id, {{ normalised_name('ad_name') }}) = 1 as is_name_unique
    from {{ ref('stg_meta_ads__ads') }}
),

joined as (
    select
        sessions.session_id,
        coalesce(clicks.ad_group_id, by_id.adset_id, by_name.adset_id) as ad_group_id,
        coalesce(clicks.ad_id, by_id.ad_id, by_name.ad_id) as ad_id,
        coalesce(clicks.ad_name, by_id.ad_name, by_name.ad_name) as ad_name,
        case
            when clicks.ad_id is not null then 'click_view'
            when by_id.ad_id is not null then 'utm_content_id'
            when by_name.ad_id is not null then 'utm_content_name'
        end as ad_rule
    from sessions
    left join clicks on sessions.gclid = clicks.gclid and clicks.ad_id is not null
    left join meta_ads as by_id on sessions.utm_content = by_id.ad_id
    left join meta_ads as by_name
        on
            {{ normalised_name('sessions.utm_content') }} = by_name.matching_name
            and sessions.campaign_id = by_name.campaign_id
            and by_name.is_name_unique
),

final as (
    select * from joined
    where ad_rule is not null
)

select * from final
