-- depends on: {{ source('raw_hubspot', 'deals') }}
select row_number() over () as deal_id, * from (values
    (date '2026-01-20', 'Paid Search', true), (date '2026-01-21', 'Paid Search', false),
    (date '2026-02-10', 'Paid Search', true), (date '2026-02-26', 'Direct', false),
    (date '2026-02-27', 'Organic Search', true)
) as t (date_day, channel, is_won)
