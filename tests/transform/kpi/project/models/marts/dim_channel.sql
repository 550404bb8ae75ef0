select * from (values
    ('Paid Search', true, 1), ('Paid Social', true, 2), ('Organic Search', false, 3), ('Direct', false, 4),
    ('(unattributed)', false, 9)
) as t (channel, is_paid, sort_order)
