select row_number() over () as reach_key, '31' as account_id, * from (values
    ('day', date '2026-01-06', 12000), ('day', date '2026-03-02', 7000), ('day', date '2026-03-03', 6500),
    -- two accounts
    ('day', date '2026-03-04', cast(null as integer)), ('day', date '2026-03-04', null),
    ('week', date '2026-01-05', 12000), ('week', date '2026-03-02', 9200),
    ('month', date '2026-01-01', 12000), ('month', date '2026-03-01', 9900)
) as t (period_grain, date_day, reach)
