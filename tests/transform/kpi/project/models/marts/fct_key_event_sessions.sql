-- depends on: {{ source('raw_ga4_export', 'events') }}
select row_number() over () as key_event_session_key, * from (values
    -- the first visit of 5 January sent a form and booked a call, that of the 11th a form
    (1, date '2026-01-05', 'generate_lead'), (1, date '2026-01-05', 'book_call'),
    (3, date '2026-01-11', 'generate_lead'), (6, date '2026-03-01', 'generate_lead'), (7, date '2026-03-02', 'book_call')
) as t (session_id, date_day, key_event)
