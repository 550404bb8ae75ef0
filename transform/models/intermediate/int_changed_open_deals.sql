{{ config(materialized='view', meta={'is_lookup': true}) }}

-- Deals whose open days are built anew.
with

final as (
    select deal_id from {{ ref('int_open_deal_marks') }}
    where is_changed
)

select * from final
