"""What the small warehouse lacks for the pages: parts of KPIs, by channel, campaign, country and landing page.

On each of the 28 days Paid Search has 20 clicks of 1000 impressions and 2 leads, Paid Social 10 of 1000 and 1, and a
channel with a hostile name 3 leads for nothing. Paid Search costs 10 EUR a day in the last week and 20 before; Paid
Social 5. The last week is that of the scorecard: 105 EUR for 42 leads. A franc is worth 0.50 EUR before, 0.25 after.
"""

from __future__ import annotations

import duckdb

# A channel whose name tries to leave every place where the page writes it.
HOSTILE = "</script><img src=x onerror=\"document.title='owned'\">"

_WORLD = """
update semantic.dim_kpi set numerator_name = 'clicks', denominator_name = 'impressions'
    where kpi = 'click_through_rate';
update semantic.dim_kpi set numerator_name = 'spend', denominator_name = 'leads' where kpi = 'cost_per_lead';
insert into semantic.dim_kpi by name
select metric as kpi, label, 'metric' as kind, 'conversion' as stage, '' as audience, unit, 'up' as direction,
       label as description, 'sum' as formula, 'marketing' as owner, '' as sources, 'channel' as segments,
       false as is_focus
from (values
    ('spend', 'Ad spend', 'currency'), ('clicks', 'Clicks', 'count'), ('impressions', 'Impressions', 'count'),
    ('leads', 'New leads', 'count'), ('sessions', 'Visits', 'count'), ('converting_sessions', 'Conversions', 'count'),
    ('revenue', 'Revenue', 'currency'), ('landing_sessions', 'Landings', 'count'),
    ('new_customers', 'New customers', 'count'), ('attributed_revenue', 'Attributed revenue', 'currency')
) as m (metric, label, unit);
insert into semantic.dim_kpi by name
select 'conversion_rate' as kpi, 'Conversion rate' as label, 'kpi' as kind, 'conversion' as stage, '' as audience,
       'ratio' as unit, 'up' as direction, 'Visits that convert.' as description, 'conversions / visits' as formula,
       'marketing' as owner, '' as sources, 'channel' as segments, false as is_focus,
       'converting_sessions' as numerator_name, 'sessions' as denominator_name;

create temp table days as
    select kpi, day::date as day, channel, value::double as value
    from range(date '2026-10-26', date '2026-11-23', interval 1 day) as days (day), (
        select 'Paid Search' as channel, 20 as clicks, 1000 as impressions, 2 as leads, 10 as spend, 50 as sessions
        union all select 'Paid Social', 10, 1000, 1, 5, 25
        union all select '{hostile}', 0, 0, 3, 0, 25
    ) unpivot (value for kpi in (clicks, impressions, leads, spend, sessions));
update days set value = 20 where kpi = 'spend' and channel = 'Paid Search' and day < date '2026-11-16';
insert into days select 'converting_sessions', day, channel, value / 25 from days where kpi = 'sessions';
insert into days select 'revenue', day, channel, value * 100 from days where kpi = 'leads';
insert into days select 'new_customers', day, channel, 1 from days where kpi = 'leads' and channel = 'Paid Search';

create temp table parts as
    select kpi, 'day' as grain, day as period_start, day as period_end, 'channel' as segment_dimension,
           channel as segment_value, channel as segment_label, value
    from days
    union all
    select kpi, 'day', day, day, '', '', '', sum(value) from days group by kpi, day
    union all
    select kpi, 'week', date_trunc('week', day)::date, date_trunc('week', day)::date + 6, '', '', '', sum(value)
    from days group by all
    union all
    select kpi, 'week', date_trunc('week', day)::date, date_trunc('week', day)::date + 6, 'campaign',
           case channel when 'Paid Search' then '11' else '22' end,
           case channel when 'Paid Search' then 'Brand' else 'Prospecting' end, sum(value)
    from days where channel like 'Paid %' group by all
    union all
    select kpi, 'week', date_trunc('week', day)::date, date_trunc('week', day)::date + 6, 'country',
           case channel when 'Paid Search' then 'Germany' else 'Italy' end,
           case channel when 'Paid Search' then 'Germany' else 'Italy' end, sum(value)
    from days where kpi in ('sessions', 'converting_sessions', 'leads', 'revenue') group by all
    union all
    select 'landing_sessions', 'week', date_trunc('week', day)::date, date_trunc('week', day)::date + 6,
           'landing_page', '/' || lower(channel[1:4]), '/' || lower(channel[1:4]), sum(value)
    from days where kpi = 'sessions' and channel like 'Paid S%' group by all;
insert into semantic.kpi_values by name
select kpi, grain, period_start, period_end, segment_dimension, segment_value, segment_label, value,
       value as numerator, null::double as denominator, true as is_final, true as is_complete,
       timestamptz '2026-11-23 07:30:00+00' as computed_at, '20261123T080000Z-abc123' as run_id
from parts;

-- the KPI itself by channel in its newest week: 70 EUR for 14 leads, 35 for 7, and 21 leads for nothing
insert into semantic.kpi_values by name
select 'cost_per_lead' as kpi, 'week' as grain, date '2026-11-16' as period_start, date '2026-11-22' as period_end,
       'channel' as segment_dimension, channel as segment_value, channel as segment_label, spend / leads as value,
       spend as numerator, leads as denominator,
       case when spend is null then 'missing_numerator' end as null_reason, before as previous_value,
       false as is_final, true as is_complete,
       timestamptz '2026-11-23 07:30:00+00' as computed_at, '20261123T080000Z-abc123' as run_id
from (values ('Paid Search', 70.0, 14.0, 10.0), ('Paid Social', 35.0, 7.0, 5.0), ('{hostile}', null, 21.0, null))
     as c (channel, spend, leads, before);

insert into marts.fct_ad_spend by name
select 'chf-' || day::date as spend_key, day::date as date_day, 'google_ads' as platform, 'CHF' as currency_code,
       case when day < date '2026-11-16' then 0.5 else 0.25 end as fx_rate, 0 as spend_amount
from range(date '2026-10-26', date '2026-11-23', interval 1 day) as days (day);
update marts.channel_daily set channel = '{hostile}' where channel = 'Organic Search';
update marts.fct_attribution set channel = '{hostile}' where channel = 'Organic Search';
update semantic.kpi_advice set evidence = evidence || '{hostile}';
"""


def furnish(connection: duckdb.DuckDBPyConnection) -> None:
    """Add all that to the small warehouse."""
    connection.execute(_WORLD.replace("{hostile}", HOSTILE.replace("'", "''")))
