-- depends on: {{ source('raw_ga4_export', 'events') }} {{ ref('int_campaigns') }}
select row_number() over () as session_id, * from (values
    (date '2026-01-05', 'Paid Search', 'brand', 'Germany', 'mobile', '/', 'p1', true, true, true, 3, cast(40 as double)),
    (date '2026-01-05', 'Organic Search', null, 'Austria', 'desktop', '/chairs', 'p2', true, false, false, 1, 2),
    (date '2026-01-11', 'Paid Search', 'brand', 'Germany', 'desktop', '/chairs', 'p1', false, false, true, 2, 12),
    (date '2026-02-23', 'Direct', null, 'Germany', 'desktop', '/', 'p3', true, true, false, 4, 60),
    -- the same person on two devices, before the identities were joined: one person in the week
    (date '2026-02-24', 'Paid Social', 'social', 'Germany', 'mobile', '/chairs', 'p3', true, true, false, 2, 20),
    (date '2026-03-01', 'Paid Search', 'generic', null, null, '/chairs', 'p4', true, false, true, 1, 3),
    (date '2026-03-02', 'Organic Search', null, 'Austria', 'tablet', '/', 'p5', true, true, true, 5, 90),
    (date '2026-03-08', 'Organic Search', null, 'Austria', 'desktop', '/chairs', 'p2', false, true, false, 3, 30),
    -- no page was seen
    (date '2026-03-08', 'Organic Search', null, 'Austria', 'desktop', null, cast(null as varchar), false, false, false, 1, 0)
) as t (
    date_day, channel, campaign_id, country, device_category, landing_page, person_id, is_new_visitor, is_engaged,
    is_converting, page_views, engagement_seconds
)
