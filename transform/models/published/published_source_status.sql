select
    source,
    title,
    is_enabled,
    newest_data_day,
    data_age_hours,
    max_data_age_hours,
    is_fresh,
    restatement_days,
    window_start,
    window_end,
    last_loaded_at,
    rows
from {{ ref('source_status') }}
