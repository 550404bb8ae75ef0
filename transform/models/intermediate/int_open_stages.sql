{{ config(materialized='view') }}

-- Stages of deals that are not closed ones, with the last day on which the deal was in them at its end.
with

stages as (
    select * from {{ ref('int_deal_stages') }}
    where not is_closed_stage
),

final as (
    select
        deal_id,
        entry_number,
        date_day,
        case
            when left_at is null then {{ as_of_date() }}
            else least(cast({{ business_day('left_at') }} - interval 1 day as date), {{ as_of_date() }})
        end as last_day,
        contact_id,
        source_system,
        pipeline_id,
        stage_id,
        stage_label,
        display_order,
        portal_win_rate,
        case when amount_local is not null then currency_code end as currency_code,
        amount_local as open_local
    from stages
)

select * from final
where date_day <= last_day
