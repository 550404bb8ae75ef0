{{ config(materialized='view') }}

-- What each browser carried on each day: who was logged in, which ads brought it, what it bought.
with

final as (
    select
        date_day,
        ga_client_id,
        gclid,
        wbraid,
        gbraid,
        msclkid,
        fbclid,
        user_id,
        transaction_id,
        first_seen_at,
        last_seen_at
    from {{ ref('int_event_counts') }}
    where ga_client_id is not null
)

select * from final
