-- a stock: a row a day and account
-- depends on: {{ source('raw_file_drop', 'social_followers') }}
select * from (values
    (date '2026-02-27', 'Organic Social', 400), (date '2026-02-27', 'Organic Video', 50),
    (date '2026-02-28', 'Organic Social', 410), (date '2026-02-28', 'Organic Video', 50),
    (date '2026-03-01', 'Organic Social', 420), (date '2026-03-01', 'Organic Video', 60),
    (date '2026-03-02', 'Organic Social', 405), (date '2026-03-02', 'Organic Video', 60)
) as t (date_day, channel, followers)
