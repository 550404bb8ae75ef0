-- a stock: a row a day and source
select row_number() over () as data_age_key, * from (values
    (date '2026-02-27', 'ga4_export', cast(32.5 as double)), (date '2026-02-27', 'hubspot', 8.5),
    (date '2026-02-28', 'ga4_export', 30), (date '2026-02-28', 'hubspot', 10),
    (date '2026-03-08', 'ga4_export', 20), (date '2026-03-08', 'hubspot', 9),
    (date '2026-03-09', 'ga4_export', 32), (date '2026-03-09', 'hubspot', 8), (date '2026-03-09', 'file_drop', 200)
) as t (date_day, source, data_age_hours)
