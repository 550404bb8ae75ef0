-- Purchases that GA4 recorded, each order once: a page that is loaded again sends the same transaction again. Revenue
-- without a currency is no amount, and GA4 leaves it out of its own reports too.
with

events as (
    select * from {{ ref('int_session_events') }}
    where event_name = 'purchase' and session_id is not null and date_day <= {{ as_of_date() }}
),

final as (
    select
        session_id,
        user_pseudo_id,
        date_day,
        event_at,
        {{ known('transaction_id') }} as transaction_id,
        case when {{ matches('currency_code', '^[A-Z]{3}$') }} then currency_code end as currency_code,
        case
            when {{ matches('currency_code', '^[A-Z]{3}$') }} then purchase_revenue_local
        end as revenue_local
    from events
    qualify
        transaction_id is null
        or trim(transaction_id) in ('', '(not set)')
        or row_number() over (
            partition by user_pseudo_id, transaction_id order by event_micros, date_day, row_index
        ) = 1
)

select * from final
