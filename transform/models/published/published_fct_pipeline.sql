select
    pipeline_key,
    date_day,
    source_system,
    pipeline_id,
    stage_id,
    stage_label,
    display_order,
    channel,
    open_deals,
    deals_without_amount,
    open_amount,
    win_rate,
    win_rate_basis,
    win_rate_sample,
    weighted_amount
from {{ ref('fct_pipeline') }}
