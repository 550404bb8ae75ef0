-- depends on: {{ source('raw_file_drop', 'surveys') }}
select * from (values
    ('s1', date '2026-02-03', 'Paid Search', true, false), ('s2', date '2026-02-04', 'Paid Search', true, false),
    ('s3', date '2026-02-10', 'Paid Search', false, false), ('s4', date '2026-02-24', 'Direct', false, true),
    ('s5', date '2026-02-25', 'Direct', true, false), ('s6', date '2026-03-02', 'Direct', false, true)
) as t (response_id, date_day, channel, is_promoter, is_detractor)
