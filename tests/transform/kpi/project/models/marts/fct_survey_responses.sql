-- depends on: {{ source('raw_file_drop', 'surveys') }}
select * from (values
    ('s1', date '2026-02-03', 'Paid Search', 'brand', 'Germany', date '2026-01-01', true, false),
    ('s2', date '2026-02-04', 'Paid Search', 'brand', 'Germany', date '2026-01-01', true, false),
    ('s3', date '2026-02-10', 'Paid Search', 'generic', 'Austria', null, false, false),
    ('s4', date '2026-02-24', 'Direct', null, 'Germany', date '2026-02-01', false, true),
    ('s5', date '2026-02-25', 'Direct', null, null, null, true, false),
    ('s6', date '2026-03-02', 'Direct', null, null, null, false, true)
) as t (response_id, date_day, channel, campaign_id, country, acquisition_month, is_promoter, is_detractor)
