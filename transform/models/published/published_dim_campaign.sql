select
    platform,
    account_id,
    campaign_id,
    campaign_name,
    channel
from {{ ref('dim_campaign') }}
