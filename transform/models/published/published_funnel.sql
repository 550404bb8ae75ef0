select
    month,
    channel,
    step_number,
    step,
    people,
    rate_from_previous
from {{ ref('funnel') }}
