select
    order_id,
    person_id,
    contact_id,
    won_at,
    date_day,
    currency_code,
    revenue_local,
    fx_rate,
    revenue_amount,
    gross_margin_amount,
    order_number,
    is_first_purchase,
    channel,
    source_system
from {{ ref('fct_orders') }}
