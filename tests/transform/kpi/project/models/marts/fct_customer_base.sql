-- one row a channel and day, so that the last day of a period holds every channel
-- depends on: {{ ref('fct_orders') }}
select
    cast(days.range as date) as date_day,
    channels.channel,
    channels.acquisition_month,
    count(distinct orders.person) filter (where orders.rank = 1) as customers,
    count(distinct orders.person) filter (where orders.rank = 2) as repeat_customers
from range(date '2026-01-20', date '2026-03-10', interval 1 day) as days
cross join (values
    ('Paid Search', date '2026-01-01'), ('Organic Search', date '2026-02-01'), ('Direct', date '2026-03-01')
) as channels (channel, acquisition_month)
left join (values
    ('a', 1, date '2026-01-20', 'Paid Search'), ('a', 2, date '2026-02-10', 'Paid Search'),
    ('b', 1, date '2026-02-27', 'Organic Search'), ('c', 1, date '2026-03-05', 'Direct')
) as orders (person, rank, bought_on, channel) on channels.channel = orders.channel and days.range >= orders.bought_on
group by 1, 2, 3
