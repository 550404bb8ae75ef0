{{ config(materialized='view', meta={'is_lookup': true}) }}

-- People whose touchpoints and paths are built anew.
with

final as (
    select person_id from {{ ref('int_journey_people') }}
    where is_changed
)

select * from final
