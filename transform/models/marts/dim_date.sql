{{ config(meta={'is_lookup': true}) }}

with

first_days as (
    select min(date_day) as date_day from {{ ref('int_sessions') }}
    union all
    select min(date_day) as date_day from {{ ref('int_ad_delivery') }}
    union all
    select min(date_day) as date_day from {{ ref('int_other_costs') }}
    union all
    select min(lead_day) as date_day from {{ ref('int_contacts') }}
    union all
    select min(date_day) as date_day from {{ ref('int_won_deals') }}
),

bounds as (
    select
        coalesce(min(date_day), {{ as_of_date() }}) as first_day,
        {{ as_of_date() }} as last_day
    from first_days
),

days as (
    select {{ each_day('first_day', 'last_day') }} as date_day
    from bounds
),

final as (
    select
        date_day,
        cast(date_trunc('week', date_day) as date) as week_start_day,
        {{ month_of('date_day') }} as month_start_day,
        cast(date_trunc('quarter', date_day) as date) as quarter_start_day,
        cast(date_trunc('year', date_day) as date) as year_start_day,
        {{ iso_day_of_week('date_day') }} as day_of_week,
        {{ iso_day_of_week('date_day') }} >= 6 as is_weekend
    from days
)

select * from final
