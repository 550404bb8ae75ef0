-- Deals that were open at the end of each day, a row a deal and day, at the amounts that the CRM has today.
with

stages as (
    select
        *,
        case
            when left_at is null then {{ as_of_date() }}
            else least(cast({{ business_day('left_at') }} - interval 1 day as date), {{ as_of_date() }})
        end as last_day
    from {{ ref('int_deal_stages') }}
    where not is_closed_stage
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
        case when amount_local is not null then currency_code end as currency_code,
        amount_local as open_local
    from stages
    where date_day <= last_day
)

select * from final
