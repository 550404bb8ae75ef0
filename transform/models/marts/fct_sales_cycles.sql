-- From lead to first purchase. A customer who bought before the CRM knew a lead has no cycle.
with

orders as (
    select * from {{ ref('fct_orders') }}
    where is_first_purchase
),

persons as (
    select * from {{ ref('dim_person') }}
),

final as (
    select
        orders.order_id,
        orders.person_id,
        persons.lead_at,
        orders.won_at,
        orders.date_day,
        orders.channel,
        {{ seconds_between('persons.lead_at', 'orders.won_at') }} / 86400 as cycle_days,
        orders.campaign_id,
        orders.country
    from orders
    inner join persons on orders.person_id = persons.person_id
    where persons.lead_at <= orders.won_at
)

select * from final
