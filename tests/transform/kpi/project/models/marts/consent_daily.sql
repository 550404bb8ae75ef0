-- depends on: {{ source('raw_ga4_export', 'events') }}
select * from (values
    (date '2026-01-05', 'Germany', 60, 54),
    (date '2026-01-11', 'Austria', 40, 34),
    (date '2026-03-02', 'Germany', 50, 50)
) as t (date_day, country, events, consented_events)
