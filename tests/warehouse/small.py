"""A small warehouse with the contract's tables and numbers that can be added up by hand.

28 days, 2026-10-26 (a Monday) to 2026-11-22, two paid channels and one free one. On every day:
google_ads spends 10.00 EUR for 1000 impressions and 20 clicks, meta_ads 5.00 for 1000 and 10.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import duckdb

AS_OF = datetime(2026, 11, 23, 8, tzinfo=UTC)
RUN_ID = "20261123T080000Z-abc123"

_STATEMENTS = """
create schema ops; create schema raw_google_ads; create schema raw_meta_ads; create schema marts;
create schema semantic; create schema published;

create table ops.sources as select * from (values
    ('google_ads', 'Google Ads', true, 'daily', 30, 36, 'account', date '2026-11-22', date '2026-10-26',
     date '2026-11-22', timestamptz '2026-11-23 07:00:00+00', 28::bigint, 'campaign_daily.date',
     'customers.customer_id.time_zone'),
    ('meta_ads', 'Meta Ads', true, 'daily', 28, 36, 'account', date '2026-11-22', date '2026-10-26',
     date '2026-11-22', timestamptz '2026-11-23 07:00:00+00', 28::bigint, 'campaign_daily.date_start', null),
    ('hubspot', 'HubSpot', true, 'daily', 0, 36, 'UTC', date '2026-11-22', date '2026-10-26',
     date '2026-11-22', timestamptz '2026-11-23 07:00:00+00', 6::bigint, null, null),
    ('ga4', 'Google Analytics 4', false, 'daily', 3, 48, 'property', null, null, null, null, 0::bigint, null, null)
) as t (source, title, is_enabled, cadence, restatement_days, max_data_age_hours, time_zone_rule, newest_data_day,
        window_start, window_end, last_loaded_at, rows, freshness, time_zones);
create table ops.coverage as
    select source, 'campaign_daily' as table_name, '1' as account_id, day::date as date_day, 1::bigint as rows,
           timestamptz '2026-11-23 07:00:00+00' as loaded_at
    from range(date '2026-10-26', date '2026-11-23', interval 1 day) as days (day),
         (values ('google_ads'), ('meta_ads')) as s (source);

create table ops.requests (
    load_id varchar, source varchar, table_name varchar, account_id varchar, window_start date, window_end date,
    metadata varchar, requested_at timestamp
);

create table raw_google_ads.campaign_daily as
    select '1' as customer_id, day::date as date, '11' as campaign_id, '10000000' as cost_micros, 1000 as impressions
    from range(date '2026-10-26', date '2026-11-23', interval 1 day) as days (day);
create table raw_meta_ads.campaign_daily as
    select '2' as account_id, day::date as date_start, '22' as campaign_id, '5.00' as spend
    from range(date '2026-10-26', date '2026-11-23', interval 1 day) as days (day);
create table raw_google_ads.customers as select '1' as customer_id, 'America/New_York' as time_zone;
create table ops.source_tables as select * from (values
    ('google_ads', 'campaign_daily', ['customer_id', 'date', 'campaign_id', 'cost_micros', 'impressions'],
     ['customer_id', 'date', 'campaign_id'], 'date'),
    ('google_ads', 'customers', ['customer_id', 'time_zone'], ['customer_id'], null),
    ('meta_ads', 'campaign_daily', ['account_id', 'date_start', 'campaign_id', 'spend'],
     ['account_id', 'date_start', 'campaign_id'], 'date_start')
) as t (source, table_name, columns, primary_key, window_column);
create table raw_meta_ads.account_daily as
    select account_id, date_start, spend from raw_meta_ads.campaign_daily;

create table marts.fct_ad_spend as
    select platform || '-' || day::date as spend_key, day::date as date_day, platform, account_id, channel, campaign_id,
           campaign_name, 'EUR' as currency_code, spend::decimal(18, 6) as spend_local, 1.0::double as fx_rate,
           spend::decimal(18, 6) as spend_amount, 1000::bigint as impressions, clicks::bigint as clicks,
           1.0::double as platform_conversions, 100::decimal(18, 6) as platform_conversion_value_local,
           100::decimal(18, 6) as platform_conversion_value_amount
    from range(date '2026-10-26', date '2026-11-23', interval 1 day) as days (day),
         (values ('google_ads', '1', 'Paid Search', '11', 'Brand', 10, 20),
                 ('meta_ads', '2', 'Paid Social', '22', 'Prospecting', 5, 10))
         as p (platform, account_id, channel, campaign_id, campaign_name, spend, clicks);
comment on table marts.fct_ad_spend is 'Spend a day';
comment on column marts.fct_ad_spend.spend_amount is 'Spend in the reporting currency; the owner''s truth';

create table marts.fct_sessions as
    select 's' || n || '-' || day::date as session_id, 'p1' as person_id, day::timestamptz as session_started_at,
           day::date as date_day
    from range(date '2026-10-26', date '2026-11-23', interval 1 day) as days (day), range(60) as sessions (n);
create table marts.fct_leads as
    select 'c' || n || '-' || day::date as lead_id, 'p1' as person_id, day::date as date_day
    from range(date '2026-10-26', date '2026-11-23', interval 1 day) as days (day), range(6) as leads (n);
create table marts.fct_orders as select * from (values
    ('d1', 'p1', 'c1', timestamptz '2026-11-05 10:00:00+00', date '2026-11-05', 'EUR', 300::decimal(18, 6), 1.0::double,
     300::decimal(18, 6), 120::decimal(18, 6), 1::bigint, true, 'Paid Search', 'hubspot'),
    ('d2', 'p2', 'c2', timestamptz '2026-11-12 10:00:00+00', date '2026-11-12', 'EUR', 200::decimal(18, 6), 1.0::double,
     200::decimal(18, 6), 80::decimal(18, 6), 1::bigint, true, 'Organic Search', 'hubspot'),
    ('d3', 'p1', 'c1', timestamptz '2026-11-19 10:00:00+00', date '2026-11-19', 'EUR', 100::decimal(18, 6), 1.0::double,
     100::decimal(18, 6), null, 2::bigint, false, 'Paid Search', 'hubspot')
) as t (order_id, person_id, contact_id, won_at, date_day, currency_code, revenue_local, fx_rate, revenue_amount,
        gross_margin_amount, order_number, is_first_purchase, channel, source_system);
create table marts.money_quarantine (
    quarantine_key varchar, fact varchar, row_key varchar, measure varchar, source varchar, account_id varchar,
    date_day date, currency_code varchar, amount_local decimal(18, 6), newest_rate_day date, reason varchar,
    mend varchar
);

create table marts.fct_customer_journey as select * from (values
    ('t1', 'j1', 'p1', 1::bigint, timestamptz '2026-11-01 10:00:00+00', date '2026-11-01', 'session', 'Paid Search',
     'google', 'cpc', '11', 'Brand', 'awareness', 'd1', 'first_purchase', null::decimal(18, 6)),
    ('t2', 'j1', 'p1', 2::bigint, timestamptz '2026-11-05 10:00:00+00', date '2026-11-05', 'won_deal', 'Paid Search',
     null, null, null, null, 'conversion', 'd1', 'first_purchase', 300),
    ('t3', 'j2', 'p2', 1::bigint, timestamptz '2026-11-03 10:00:00+00', date '2026-11-03', 'session', 'Organic Search',
     'google', 'organic', null, null, 'awareness', 'd2', 'first_purchase', null)
) as t (touchpoint_id, journey_id, person_id, touchpoint_number, touched_at, date_day, touchpoint_type, channel, source,
        medium, campaign_id, campaign_name, stage, conversion_id, conversion_type, value);

create table marts.fct_attribution as
    select model || '-' || conversion_id || '-' || touchpoint_id as attribution_key, *,
           weight as credited_conversions,
           (total * weight)::decimal(18, 6) as credited_value,
           (margin * weight)::decimal(18, 6) as credited_gross_margin
    from (values ('d1', 'first_purchase', date '2026-11-05', 't1', 'j1', 'p1', 'Paid Search', 1.0::double, 300, 120),
                 ('d2', 'first_purchase', date '2026-11-12', 't3', 'j2', 'p2', 'Organic Search', 1.0::double, 200, 80),
                 ('d3', 'repeat_purchase', date '2026-11-19', '', null, 'p1', 'Paid Search', 0.5::double, 100, null),
                 ('d3', 'repeat_purchase', date '2026-11-19', 'x', null, 'p1', 'Paid Social', 0.5::double, 100, null))
         as t (conversion_id, conversion_type, date_day, touchpoint_id, journey_id, person_id, channel, weight, total,
               margin),
         (values ('first'), ('last'), ('linear')) as m (model);

alter table marts.fct_customer_journey add column ad_id varchar;
alter table marts.fct_customer_journey add column ad_name varchar;
alter table marts.fct_attribution add column campaign_name varchar;
alter table marts.fct_attribution add column ad_id varchar;
alter table marts.fct_attribution add column ad_name varchar;
update marts.fct_customer_journey set ad_id = 'a1', ad_name = 'Chairs' where touchpoint_id = 't1';
update marts.fct_attribution set ad_id = 'a1', ad_name = 'Chairs', campaign_name = 'Brand' where touchpoint_id = 't1';

create table marts.fct_conversions as
    select order_id as conversion_id, case when is_first_purchase then 'first_purchase' else 'repeat_purchase' end
           as conversion_type, person_id, date_day, revenue_amount as value, 1::bigint as touches
    from marts.fct_orders
    union all select lead_id, 'lead', person_id, date_day, 0, 1 from marts.fct_leads;
create table marts.fct_conversion_paths as
    select conversion_id, 1::bigint as position, touchpoint_id, channel
    from marts.fct_attribution where model = 'linear' and weight = 1;
create table marts.attribution_levels as
    select concat_ws('-', 'channel', model, conversion_type, channel) as level_key, 'channel' as level, model,
           conversion_type, channel, sum(weight) as credited_conversions,
           sum(credited_value)::decimal(18, 6) as credited_value
    from marts.fct_attribution group by model, conversion_type, channel;
create table marts.attribution_channels as
    select model, conversion_type, channel, null::varchar as parameters, null::double as removal_effect,
           sum(weight) as model_conversions, sum(credited_value)::decimal(18, 6) as model_value,
           sum(weight) as credited_conversions, sum(credited_value)::decimal(18, 6) as credited_value,
           sum(weight) / 2 as credited_share, 1::bigint as converting_journeys, 0::bigint as open_journeys,
           0.0::double as error_bound
    from marts.fct_attribution group by model, conversion_type, channel;

create table marts.channel_daily as
    select day::date as date_day, channel, spend::decimal(18, 6) as spend_amount, impressions::hugeint as impressions,
           clicks::bigint as clicks, sessions::bigint as sessions, (sessions - 4)::bigint as engaged_sessions,
           1::bigint as converting_sessions, 5::bigint as new_visitors, leads::bigint as leads,
           0::bigint as new_customers, coalesce(o.orders, 0)::bigint as orders,
           coalesce(o.revenue, 0)::decimal(18, 6) as revenue_amount,
           0.0::double as attributed_conversions, attributed::decimal(18, 6) as attributed_revenue_amount
    from range(date '2026-10-26', date '2026-11-23', interval 1 day) as days (day)
    cross join (values ('Paid Search', 10, 1000, 20, 20, 2, 30), ('Paid Social', 5, 1000, 10, 10, 1, 4),
                 ('Organic Search', 0, 0, 0, 30, 3, 12))
         as c (channel, spend, impressions, clicks, sessions, leads, attributed)
    left join (select date_day, channel as bought_by, count(*) as orders, sum(revenue_amount) as revenue
               from marts.fct_orders group by all) as o on o.date_day = day and o.bought_by = c.channel;
create table marts.campaign_daily as
    select date_day, platform, account_id, channel, campaign_id, campaign_name, spend_amount, impressions, clicks,
           platform_conversions, 20::bigint as sessions, 0.0::double as attributed_conversions,
           0::decimal(18, 6) as attributed_revenue_amount
    from marts.fct_ad_spend;
create table marts.dim_campaign as
    select distinct platform, account_id, campaign_id, campaign_name, channel from marts.fct_ad_spend;
create table marts.funnel as
    select month, channel, n as step_number, step, (people / n)::bigint as people,
           case when n > 1 then (n - 1.0) / n end::double as rate_from_previous
    from (values (date '2026-10-01'), (date '2026-11-01')) as m (month),
         (values ('Paid Search', 600), ('Organic Search', 300)) as c (channel, people),
         (values (1, 'visitors'), (2, 'leads'), (3, 'mql'), (4, 'sql'), (5, 'opportunities'), (6, 'customers'))
         as s (n, step);
create table marts.cohort_retention as
    select (date '2026-11-01' - to_months(age + gap))::date as cohort_month, gap::bigint as months_since,
           10::bigint as customers, (10 - 3 * gap)::bigint as active_customers,
           (1 - 0.3 * gap)::double as retention_rate, (1000 - 300 * gap)::decimal(18, 6) as revenue_amount
    from range(3) as a (age), range(3) as g (gap) where age + gap <= 2;
create table marts.fct_customer_cohorts as
    select date '2026-11-01' as date_day, date '2026-11-01' as cohort_month, 'Paid Search' as channel,
           0::bigint as months_since, 10::bigint as customers, 10::bigint as active_customers, 12::bigint as orders,
           0::bigint as orders_without_margin, 1000::decimal(18, 6) as revenue_amount,
           400::decimal(18, 6) as gross_margin_amount, 400::decimal(18, 6) as cumulative_margin_amount,
           300::decimal(18, 6) as acquisition_cost_amount, true as is_cost_known;
create table marts.fct_lifetime_fits as
    select date '2026-10-01' as date_day, date '2026-10-31' as fitted_through, false as is_fitted,
           '20 weeks of purchases; 26 are needed' as refusal, 10::bigint as customers, 2::bigint as repeat_customers,
           2::bigint as customers_with_margin, null::double as r, null::double as alpha, null::double as a,
           null::double as b, null::double as purchase_log_likelihood, null::double as p, null::double as q,
           null::double as gamma, null::double as margin_log_likelihood, null::decimal(18, 6) as mean_margin_amount,
           3::bigint as repeats, null::double as expected_repeats, null::bigint as holdout_purchases,
           null::double as holdout_expected_purchases;
create table marts.fct_deal_stages as
    select 'd1:1' as deal_stage_id, 'd1' as deal_id, null::varchar as person_id, 'Paid Search' as channel,
           'default' as pipeline_id, 'offer' as stage_id, 'Offer' as stage_label, 0::bigint as display_order,
           0.5::double as portal_win_rate, false as is_closed_stage, timestamp '2026-11-02 09:00:00' as entered_at,
           null::timestamp as left_at, date '2026-11-02' as date_day, null::date as left_day, false as is_closed,
           false as is_won, null::date as closed_day, 'EUR' as currency_code, 500::decimal(18, 6) as amount_local,
           'hubspot' as source_system;
create table marts.fct_pipeline as
    select 'k1' as pipeline_key, date '2026-11-22' as date_day, 'hubspot' as source_system,
           'default' as pipeline_id, 'offer' as stage_id, 'Offer' as stage_label, 0::bigint as display_order,
           'Paid Search' as channel, 1::bigint as open_deals, 0::bigint as deals_without_amount,
           500::decimal(18, 6) as open_amount, 0.5::double as win_rate, 'portal' as win_rate_basis,
           null::bigint as win_rate_sample, 250::decimal(18, 6) as weighted_amount;
create table marts.reconciliation as select * from (values
    (date '2026-11-01', 'Paid Search', 'google_ads', 48.0::double, 31.0::double, 24.0::double, 4800::decimal(18, 6),
     2400::decimal(18, 6), 1.0::double),
    (date '2026-11-01', 'Paid Social', 'meta_ads', 12.0::double, 6.0::double, 0.0::double, 900::decimal(18, 6),
     0::decimal(18, 6), null)
) as t (month, channel, platform, platform_conversions, ga4_conversions, crm_conversions, platform_value_amount,
        crm_value_amount, gap);
create table marts.reconciliation_weekly as
    select date '2026-11-02' as week, 'Paid Search' as channel, 'google_ads' as platform,
           9::decimal(18, 9) as claimed_conversions, 900::decimal(18, 6) as claimed_revenue_amount,
           7::bigint as seen_conversions, 0::decimal(18, 6) as seen_revenue_amount, 4::bigint as closed_conversions,
           400::decimal(18, 6) as closed_revenue_amount, 5::decimal(18, 9) as defended_conversions,
           500::decimal(18, 6) as defended_revenue_amount, 4::decimal(18, 9) as gap_conversions,
           400::decimal(18, 6) as gap_revenue_amount, 'won deals, each once' as rule;
create table marts.reconciliation_causes as
    select date '2026-11-02' as week, 'Paid Search' as channel, 'google_ads' as platform, * from (values
        ('no_consent', 6::bigint, 'the buyer has no visit', 3::decimal(18, 9), 300::decimal(18, 6)),
        ('unexplained', 10::bigint, 'the rest', 1::decimal(18, 9), 100::decimal(18, 6))
    ) as t (cause, sort_order, explanation, conversions, revenue_amount);
create table marts.consent_daily as
    select date '2026-11-01' as date_day, 'Germany' as country, 100::bigint as events, 88::bigint as consented_events,
           50::bigint as page_views, 44::bigint as consented_page_views, 20::bigint as tracked_sessions;
create table marts.source_status as
    select source, title, is_enabled, newest_data_day,
           date_diff('hour', (newest_data_day + 1)::timestamp, timestamp '2026-11-23 08:00:00')::double
               as data_age_hours,
           max_data_age_hours, newest_data_day is not null as is_fresh, restatement_days, window_start, window_end,
           last_loaded_at, rows
    from ops.sources;
"""

_VIEWS = (
    "fct_customer_journey",
    "fct_attribution",
    "fct_conversions",
    "fct_conversion_paths",
    "attribution_channels",
    "attribution_levels",
    "channel_daily",
    "campaign_daily",
    "dim_campaign",
    "funnel",
    "cohort_retention",
    "fct_customer_cohorts",
    "fct_lifetime_fits",
    "fct_deal_stages",
    "fct_pipeline",
    "reconciliation",
    "reconciliation_weekly",
    "reconciliation_causes",
    "source_status",
    "fct_ad_spend",
    "fct_orders",
    "consent_daily",
)

_SEMANTIC = """
create table semantic.dim_business as select
    'Larkspur & Sons' as name,
    'EUR' as reporting_currency,
    'Europe/Berlin' as time_zone,
    'linear' as attribution_model,
    90 as attribution_lookback_days,
    7 as fx_max_age_days;
create table semantic.dim_kpi as select
    kpi, label, 'kpi' as kind, stage, cadence, 'ceo, marketing_manager' as audience, unit, direction,
    'Buy attention at a fair price' as objective, description, formula, 'spend' as numerator_name,
    'base' as denominator_name, 'marketing' as owner, valid_min::double as valid_min, valid_max::double as valid_max,
    48::bigint as max_data_age_hours, 'google_ads, meta_ads' as sources, 'channel' as segments, is_focus,
    target::double as target_value, null::double as target_low, null::double as target_high,
    'sector survey' as benchmark_source, 'Lower the bids of what does not sell.' as when_it_is_off,
    case when kpi = 'new_visitors' then 'none' else 'ratio' end as rolls_up
from (values
    ('cost_per_mille', 'Cost per 1000 impressions', 'awareness', 'daily', 'per_mille_currency', 'down',
     'What a thousand ad impressions cost.', 'spend / impressions * 1000', 0, 500, true, 8),
    ('new_visitors', 'New visitors', 'awareness', 'weekly', 'count', 'up',
     'People with a first session in the period.', 'count of people', 0, null, false, null),
    ('click_through_rate', 'Click-through rate', 'consideration', 'daily', 'ratio', 'up',
     'Clicks of a hundred <impressions>.', 'clicks / impressions', 0, 1, true, 0.02),
    ('cost_per_lead', 'Cost per lead', 'conversion', 'weekly', 'currency', 'down',
     'What a new lead costs.', 'spend / leads', 0, 1000, true, 10),
    ('retention_rate', 'Retention rate', 'loyalty', 'monthly', 'ratio', 'up',
     'Customers who buy again the month after.', 'retained / customers at start', 0, 1, true, null)
) as k (kpi, label, stage, cadence, unit, direction, description, formula, valid_min, valid_max, is_focus, target);

create table semantic.kpi_status as select
    kpi, timestamptz '2026-11-23 07:30:00+00' as as_of, '20261123T080000Z-abc123' as run_id, false as is_stale,
    null::varchar as stale_reason, null::varchar as stale_mend
from semantic.dim_kpi;

create table semantic.kpi_targets as select
    kpi, target_value, target_low, target_high, null::double as target_baseline, date '2026-01-01' as target_start,
    date '2026-12-31' as target_due, 'head of marketing' as target_owner
from semantic.dim_kpi where target_value is not null;

create table semantic.kpi_values as
    select kpi, 'day' as grain, day::date as period_start, day::date as period_end, '' as segment_dimension,
           '' as segment_value, numerator / denominator * factor as value, numerator::double as numerator,
           denominator::double as denominator, denominator::bigint as sample_size, null::varchar as null_reason,
           day < date '2026-10-27' as is_final, timestamptz '2026-11-23 07:30:00+00' as computed_at,
           '20261123T080000Z-abc123' as run_id, true as is_complete, '' as segment_label,
           null::double as interval_low, null::double as interval_high
    from range(date '2026-10-26', date '2026-11-23', interval 1 day) as days (day),
         (values ('cost_per_mille', 15.0, 2000, 1000), ('click_through_rate', 30.0, 2000, 1))
         as k (kpi, numerator, denominator, factor)
    union all
    select kpi, 'week', day::date, (day + interval 6 day)::date, '', '', numerator / denominator, numerator,
           denominator, denominator, null, false, timestamptz '2026-11-23 07:30:00+00', '20261123T080000Z-abc123', true,
           '', null, null
    from range(date '2026-10-26', date '2026-11-23', interval 7 day) as weeks (day),
         (values ('cost_per_lead', 105.0, 42), ('new_visitors', 105.0, 1)) as k (kpi, numerator, denominator)
    union all
    select 'retention_rate', 'month', date '2026-10-01', date '2026-10-31', '', '', null, 0, 0, 0,
           'no customers at the start of the period', false, timestamptz '2026-11-23 07:30:00+00',
           '20261123T080000Z-abc123', true, '', null, null;

alter table semantic.kpi_values add column status varchar;
alter table semantic.kpi_values add column target_value double;
alter table semantic.kpi_values add column previous_value double;

create table semantic.kpi_scorecard as
    select k.kpi, k.label, k.stage, k.cadence, k.audience, k.unit, k.direction, v.grain, v.period_start, v.period_end,
           v.value, v.numerator, v.denominator, v.sample_size, null::double as interval_low,
           null::double as interval_high, v.value / 1.25 as previous_value, v.value * 0.2 as change_absolute,
           case when v.value is not null then 0.25 end::double as change_relative, null::double as year_ago_value,
           null::double as year_ago_change_relative, v.value as trailing_average, k.target_value,
           null::double as target_baseline,
           case when k.target_value is not null then date '2026-12-31' end as target_due,
           case when k.target_value is not null then 'head of marketing' end as target_owner,
           case when k.target_value is not null then k.target_value / v.value end as attainment,
           null::double as expected_attainment,
           case when v.value is null then 'not_enough_data' when k.target_value is null then 'no_target'
                when k.kpi = 'click_through_rate' then 'off_track' else 'on_track' end as status,
           null::double as benchmark_value, null::double as benchmark_low, null::double as benchmark_high,
           null::varchar as benchmark_source, null::date as benchmark_as_of, v.is_final, v.null_reason, k.objective,
           k.description, k.formula, k.owner, k.is_focus,
           case k.stage when 'awareness' then 1 when 'consideration' then 2 when 'conversion' then 3 else 4 end
               as stage_order,
           v.computed_at, v.run_id, k.target_low, k.target_high, false as is_stale, null::varchar as stale_reason
    from semantic.dim_kpi as k
    join semantic.kpi_values as v using (kpi)
    qualify row_number() over (partition by k.kpi order by v.period_start desc) = 1;

create table semantic.kpi_anomalies as
    select kpi, grain, period_start, '' as segment_dimension, '' as segment_value, value, value / 2 as expected,
           value / 3 as expected_low, value / 1.5 as expected_high, 4.5::double as score, 'high' as side,
           'worse' as verdict, 'major' as severity, 'held_back' as state, computed_at, run_id
    from semantic.kpi_scorecard
    where kpi = 'cost_per_lead';

create table semantic.kpi_advice as
    select 1 as rank, 'a1' as advice_id, kpi, '' as segment_dimension, '' as segment_value, 'dearer' as rule,
           'warning' as severity, 'All channels: review the budget' as title,
           'Cost per lead was 61 % above its expected range for 2 weeks.' as evidence,
           418.0::double as cost_of_inaction,
           grain, period_start, false as is_final, computed_at, run_id
    from semantic.kpi_scorecard
    where kpi = 'cost_per_lead';

create table semantic.kpi_drivers as
    select kpi, grain, period_start, 'previous' as against, period_start - 7 as against_start, '' as segment_dimension,
           case rank when 0 then '' else 'impressions' end as factor, case rank when 0 then 'total' else 'factor' end
               as part, '' as segment_value, '' as segment_label, change_absolute as effect_absolute,
           change_relative as effect_relative,
           rank, label || ' +25.0 % on the period before.' as words, computed_at, run_id
    from semantic.kpi_scorecard, (values (0), (1)) as ranks (rank)
    where change_absolute is not null;
"""


def build_warehouse(path: Path) -> Path:
    """Write the small warehouse to `path`, whose name must be `warehouse.duckdb`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(path)) as connection:
        connection.execute("set timezone = 'UTC'")
        connection.execute(_STATEMENTS)
        for name in _VIEWS:
            connection.execute(f'create view published.{name} as select * from "warehouse".marts.{name}')
        connection.execute(_SEMANTIC)
    return path
