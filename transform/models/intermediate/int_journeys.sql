{{ config(
    materialized='incremental',
    incremental_strategy='replace',
    unique_key='person_id',
    changed='int_changed_people',
    on_schema_change='fail'
) }}
-- A journey is the time of a person between two won deals; the one after the last deal is open.
-- depends_on: {{ ref('int_changed_people') }}
with

persons as (
    select * from {{ ref('dim_person') }}
    {% if is_incremental() -%}
    where person_id in (select changed.person_id from {{ ref('int_changed_people') }} as changed)
    {%- endif %}
),

orders as (
    select * from {{ ref('fct_orders') }}
    {% if is_incremental() -%}
    where person_id in (select changed.person_id from {{ ref('int_changed_people') }} as changed)
    {%- endif %}
),

ended as (
    select
        person_id,
        order_number as journey_number,
        lag(won_at) over (partition by person_id order by order_number) as starts_after,
        won_at as ends_at,
        order_id as conversion_id,
        case when is_first_purchase then 'first_purchase' else 'repeat_purchase' end as conversion_type,
        revenue_amount,
        date_day
    from orders
),

last_orders as (
    select
        person_id,
        max(order_number) as order_number,
        max(won_at) as won_at
    from orders
    group by person_id
),

still_open as (
    select
        persons.person_id,
        coalesce(last_orders.order_number, 0) + 1 as journey_number,
        last_orders.won_at as starts_after
    from persons
    left join last_orders on persons.person_id = last_orders.person_id
),

journeys as (
    select * from ended
    union all
    select
        person_id,
        journey_number,
        starts_after,
        cast(null as timestamp) as ends_at,
        cast(null as string) as conversion_id,
        cast(null as string) as conversion_type,
        cast(null as decimal(18, 6)) as revenue_amount,
        cast(null as date) as date_day
    from still_open
),

final as (
    select
        {{ surrogate_key(['person_id', 'journey_number']) }} as journey_id,
        *
    from journeys
)

select * from final
