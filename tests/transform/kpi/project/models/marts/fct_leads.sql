-- depends on: {{ source('raw_hubspot', 'deals') }}
select row_number() over () as lead_id, * from (values
    (date '2026-01-05', 'Paid Search'), (date '2026-01-11', 'Organic Search'),
    (date '2026-02-24', 'Paid Search'), (date '2026-02-25', 'Paid Search'), (date '2026-03-01', 'Direct'),
    (date '2026-03-02', 'Organic Search'), (date '2026-03-08', 'Paid Social')
) as t (date_day, channel)
