select
    model,
    conversion_type,
    channel,
    parameters,
    removal_effect,
    model_conversions,
    model_value,
    credited_conversions,
    credited_value,
    credited_share,
    converting_journeys,
    open_journeys,
    error_bound
from {{ ref('attribution_channels') }}
