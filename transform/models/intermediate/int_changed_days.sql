{{ config(meta={'is_lookup': true}) }}

-- Days whose events are not those that the models were last built from, among them days that have none any more. When
-- everything is built anew, these are all days.
with

present as (
    select * from {{ ref('int_event_days') }}
),

built as (
    select * from {{ source('ops', 'built_days') }}
),

came as (
    select * from present
    except
    select * from built
),

went as (
    select * from built
    except
    select * from present
),

changed as (
    select date_day from came
    union all
    select date_day from went
),

final as (
    select distinct date_day from changed
)

select * from final
