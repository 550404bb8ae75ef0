select row_number() over () as reach_key, '31' as account_id, * from (values
    (date '2026-01-06', 12000), (date '2026-03-02', 7000), (date '2026-03-03', 6500),
    -- two accounts
    (date '2026-03-04', cast(null as integer)), (date '2026-03-04', null)
) as t (date_day, reach)
