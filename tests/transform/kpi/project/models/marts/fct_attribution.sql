-- depends on: {{ source('raw_ga4_export', 'events') }} {{ ref('fct_orders') }}
select row_number() over () as attribution_key, 'first_purchase' as conversion_type, * from (values
    ('o1', date '2026-01-20', 'linear', 'Paid Search', 'brand', 0.5, cast(500 as decimal(18, 6)), cast(300 as decimal(18, 6))),
    ('o1', date '2026-01-20', 'linear', 'Organic Search', null, 0.5, 500, 300),
    ('o1', date '2026-01-20', 'last', 'Paid Search', 'brand', 1, 1000, 600),
    ('o2', date '2026-02-10', 'linear', 'Paid Social', 'social', 1, 500, 200),
    ('o2', date '2026-02-10', 'last', 'Paid Social', 'social', 1, 500, 200),
    ('o3', date '2026-02-27', 'linear', 'Organic Search', null, 0.25, 500, 250),
    ('o3', date '2026-02-27', 'linear', 'Paid Search', 'generic', 0.75, 1500, 750),
    ('o3', date '2026-02-27', 'last', 'Paid Search', 'generic', 1, 2000, 1000),
    ('o4', date '2026-03-05', 'linear', 'Direct', null, 1, 300, null),
    ('o4', date '2026-03-05', 'last', 'Direct', null, 1, 300, null),
    -- ordered by phone
    ('o5', date '2026-03-06', 'linear', '(unattributed)', null, 1, 200, null),
    ('o5', date '2026-03-06', 'last', '(unattributed)', null, 1, 200, null)
) as t (conversion_id, date_day, model, channel, campaign_id, credited_conversions, credited_value, credited_gross_margin)
