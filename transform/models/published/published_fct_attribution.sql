select
    attribution_key,
    conversion_id,
    conversion_type,
    converted_at,
    date_day,
    touchpoint_id,
    journey_id,
    person_id,
    model,
    channel,
    campaign_id,
    campaign_name,
    weight,
    credited_conversions,
    credited_value,
    credited_gross_margin
from {{ ref('fct_attribution') }}
