-- a row a day and channel, also where nothing is open
-- depends on: {{ source('raw_hubspot', 'deals') }} {{ source('raw_fx_rates', 'ecb_rates') }}
select * from (values
    (date '2026-02-27', 'Paid Search', 2, cast(900 as decimal(18, 6)), cast(500 as decimal(18, 6))),
    (date '2026-02-28', 'Paid Search', 3, 1000, 600), (date '2026-02-28', 'Direct', 1, 200, 50),
    (date '2026-03-01', 'Paid Search', 2, 700, 400), (date '2026-03-01', 'Direct', 1, 200, 60),
    (date '2026-03-08', 'Paid Search', 1, 300, 240), (date '2026-03-08', 'Direct', 1, 200, cast(null as decimal(18, 6))),
    -- everything is won or lost
    (date '2026-03-09', 'Paid Search', 0, 0, 0), (date '2026-03-09', 'Direct', 0, 0, 0)
) as t (date_day, channel, open_deals, open_amount, weighted_amount)
