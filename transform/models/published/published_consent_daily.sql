select
    date_day,
    country,
    events,
    consented_events,
    page_views,
    consented_page_views,
    tracked_sessions
from {{ ref('consent_daily') }}
