select
    level_key,
    level,
    model,
    conversion_type,
    channel,
    campaign_id,
    campaign_name,
    ad_id,
    ad_name,
    credited_conversions,
    credited_value,
    credited_share,
    conversions
from {{ ref('attribution_levels') }}
