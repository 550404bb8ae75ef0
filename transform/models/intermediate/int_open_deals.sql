{{ config(
    materialized='incremental',
    incremental_strategy='replace',
    unique_key='deal_id',
    changed='int_changed_open_deals',
    on_schema_change='fail'
) }}
-- Deals that were open at the end of each day, a row a deal and day, at the amounts that the CRM has today.
-- depends_on: {{ ref('int_changed_open_deals') }}
with

stages as (
    select * from {{ ref('int_open_stages') }}
    {% if is_incremental() -%}
    where deal_id in (select changed.deal_id from {{ ref('int_changed_open_deals') }} as changed)
    {%- endif %}
),

final as (
    select
        {{ each_day('date_day', 'last_day') }} as date_day,
        deal_id,
        contact_id,
        source_system,
        pipeline_id,
        stage_id,
        stage_label,
        display_order,
        portal_win_rate,
        currency_code,
        open_local
    from stages
)

select * from final
