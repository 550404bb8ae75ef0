-- depends on: {{ source('raw_hubspot', 'deals') }}
select row_number() over () as lead_id, * from (values
    (date '2026-02-02', 'Paid Search', true), (date '2026-02-03', 'Paid Search', false),
    (date '2026-02-25', 'Direct', false), (date '2026-02-28', 'Organic Search', false)
) as t (date_day, channel, is_won)
