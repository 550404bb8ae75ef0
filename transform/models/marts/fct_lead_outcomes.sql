{#- A young lead has had no time to buy: counted with the others, it would pull the newest months down. 90 days is the
    default look-back of a journey too. -#}
{% set maturity_days = 90 %}

-- Leads dated by the day on which they turned 90 days old, and whether they had become customers by then.
with

leads as (
    select
        *,
        cast(date_day + interval {{ maturity_days }} day as date) as matured_on
    from {{ ref('fct_leads') }}
),

orders as (
    select
        person_id,
        min(won_at) as first_purchase_at
    from {{ ref('fct_orders') }}
    group by person_id
),

final as (
    select
        leads.lead_id,
        leads.person_id,
        leads.lead_at,
        leads.date_day as lead_day,
        leads.matured_on as date_day,
        leads.channel,
        coalesce(
            orders.first_purchase_at < cast(leads.lead_at + interval {{ maturity_days }} day as timestamp), false
        ) as is_won,
        leads.campaign_id,
        leads.country,
        leads.source_system
    from leads
    left join orders on leads.person_id = orders.person_id
    where leads.matured_on <= {{ as_of_date() }}
)

select * from final
