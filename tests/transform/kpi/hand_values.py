"""Values of the stub, worked out by hand from tests/transform/kpi/project/models/marts.

A key is KPI or metric, grain, first day of the period and channel (empty for the total); what is expected is value,
numerator, denominator and the reason of a NULL.
"""

from __future__ import annotations

from datetime import date

Key = tuple[str, str, date, str]
Expected = tuple[float | None, float | None, float | None, str | None]

JANUARY, FEBRUARY, MARCH = (date(2026, month, 1) for month in (1, 2, 3))
W2, W9, W10, W11 = date(2026, 1, 5), date(2026, 2, 23), date(2026, 3, 2), date(2026, 3, 9)

# What marketers count beside their KPIs; other metrics are the two sides of a KPI, and worked out with it.
CATALOGUE_METRICS = {
    "spend", "impressions", "reach", "followers", "likes", "page_views", "sessions", "organic_sessions", "leads",
    "marketing_qualified_leads", "sales_qualified_leads",
}  # fmt: skip

HAND_VALUES: list[tuple[Key, Expected]] = [
    (("cost_per_mille", "day", date(2026, 1, 5), ""), (10.0, 100.0, 10000.0, None)),
    # 5.00 = 150 / 30000 * 1000, where the mean of the days' 10.00 and 2.50 would be 6.25
    (("cost_per_mille", "week", W2, ""), (5.0, 150.0, 30000.0, None)),
    (("cost_per_mille", "week", W11, ""), (None, 30.0, 0.0, "zero_denominator")),
    (("cost_per_mille", "month", FEBRUARY, ""), (15.0, 120.0, 8000.0, None)),
    (("cost_per_mille", "week", W2, "Paid Social"), (2.5, 50.0, 20000.0, None)),
    (("click_through_rate", "week", W2, ""), (0.01, 300.0, 30000.0, None)),
    (("click_through_rate", "week", date(2026, 1, 12), ""), (None, None, None, "no_data")),
    (("cost_per_click", "month", MARCH, ""), (1.75, 210.0, 120.0, None)),
    # p3 came on two devices in one week: one new person, though each day and channel has one
    (("new_visitors", "week", W9, ""), (2.0, 2.0, None, None)),
    (("new_visitors", "month", FEBRUARY, ""), (1.0, 1.0, None, None)),
    (("new_visitors", "day", date(2026, 2, 24), ""), (1.0, 1.0, None, None)),
    (("engagement_rate", "week", W10, ""), (2 / 3, 2.0, 3.0, None)),
    (("tracked_consent_rate", "week", W2, ""), (0.88, 88.0, 100.0, None)),
    (("conversion_rate", "month", JANUARY, ""), (2 / 3, 2.0, 3.0, None)),
    (("cost_per_lead", "week", W9, ""), (60.0, 180.0, 3.0, None)),
    (("cost_per_lead", "week", W11, ""), (None, 30.0, 0.0, "zero_denominator")),
    # leads of a channel that nobody pays for cost an unknown amount, not nothing
    (("cost_per_lead", "week", W10, "Organic Search"), (None, None, 1.0, "missing_numerator")),
    # linear: 0.75 of o3's 2000 on Paid Search and all of o2's 500 on Paid Social, over 120 of spend
    (("return_on_ad_spend", "month", FEBRUARY, ""), (2000 / 120, 2000.0, 120.0, None)),
    (("return_on_ad_spend", "month", FEBRUARY, "Paid Search"), (12.5, 1500.0, 120.0, None)),
    # money was spent and nothing was credited: 0, not NULL
    (("return_on_ad_spend", "month", MARCH, ""), (0.0, 0.0, 210.0, None)),
    (("return_on_ad_spend", "week", date(2026, 2, 9), ""), (None, 500.0, None, "missing_denominator")),
    # 120 of ads and 620 of other cost for one new customer
    (("customer_acquisition_cost", "month", FEBRUARY, ""), (740.0, 740.0, 1.0, None)),
    # margins 200 + 250 + 750 = 1200 credited to marketing, cost 740
    (("return_on_investment", "month", FEBRUARY, ""), (460 / 740, 460.0, 740.0, None)),
    # March's only order came by a typed-in visit, which is no marketing
    (("return_on_investment", "month", MARCH, ""), (-1.0, -210.0, 210.0, None)),
    (("retention_rate", "month", FEBRUARY, ""), (0.25, 1.0, 4.0, None)),
    (("retention_rate", "month", MARCH, ""), (None, None, None, "no_data")),
    # on the last day of the period, never a sum over days
    (("repeat_purchase_rate", "month", JANUARY, ""), (0.0, 0.0, 1.0, None)),
    (("repeat_purchase_rate", "month", FEBRUARY, ""), (0.5, 1.0, 2.0, None)),
    (("repeat_purchase_rate", "week", W10, ""), (1 / 3, 1.0, 3.0, None)),
    (("repeat_purchase_rate", "month", FEBRUARY, "Organic Search"), (0.0, 0.0, 1.0, None)),
    (("bounce_rate", "day", date(2026, 1, 5), ""), (0.5, 1.0, 2.0, None)),
    (("bounce_rate", "week", W10, ""), (1 / 3, 1.0, 3.0, None)),
    (("bounce_rate", "month", JANUARY, ""), (2 / 3, 2.0, 3.0, None)),
    (("average_engagement_seconds", "day", date(2026, 1, 5), ""), (21.0, 42.0, 2.0, None)),
    # 60, 20 and 3 seconds
    (("average_engagement_seconds", "week", W9, ""), (83 / 3, 83.0, 3.0, None)),
    (("average_engagement_seconds", "month", JANUARY, ""), (18.0, 54.0, 3.0, None)),
    (("pages_per_session", "day", date(2026, 1, 5), ""), (2.0, 4.0, 2.0, None)),
    (("pages_per_session", "week", W9, ""), (7 / 3, 7.0, 3.0, None)),
    (("pages_per_session", "week", W2, "Paid Search"), (2.5, 5.0, 2.0, None)),
    (("pages_per_session", "month", JANUARY, ""), (2.0, 6.0, 3.0, None)),
    (("page_views", "month", MARCH, ""), (10.0, 10.0, None, None)),
    (("organic_sessions", "week", W10, ""), (3.0, 3.0, None, None)),
    (("platform_roas", "day", date(2026, 1, 5), "Paid Search"), (2.5, 250.0, 100.0, None)),
    (("platform_roas", "week", W2, ""), (2.0, 300.0, 150.0, None)),
    (("platform_roas", "month", MARCH, ""), (90 / 210, 90.0, 210.0, None)),
    # linear: 0.75 of o3 and all of o2
    (("cost_per_acquisition", "month", FEBRUARY, ""), (120 / 1.75, 120.0, 1.75, None)),
    (("cost_per_acquisition", "month", FEBRUARY, "Paid Search"), (160.0, 120.0, 0.75, None)),
    (("cost_per_acquisition", "week", W9, ""), (240.0, 180.0, 0.75, None)),
    (("cost_per_acquisition", "month", MARCH, ""), (None, 210.0, 0.0, "zero_denominator")),
    (("average_deal_value", "day", date(2026, 3, 5), ""), (300.0, 300.0, 1.0, None)),
    (("average_deal_value", "week", W10, ""), (250.0, 500.0, 2.0, None)),
    (("average_deal_value", "month", FEBRUARY, ""), (1250.0, 2500.0, 2.0, None)),
    (("churn_rate", "month", FEBRUARY, ""), (0.75, 3.0, 4.0, None)),
    (("churn_rate", "month", FEBRUARY, "Paid Search"), (0.0, 0.0, 1.0, None)),
    (("net_revenue_retention", "month", FEBRUARY, ""), (0.3125, 500.0, 1600.0, None)),
    (("net_revenue_retention", "month", FEBRUARY, "Paid Search"), (0.5, 500.0, 1000.0, None)),
    # o5 of 200 came by phone; a typed-in visit is a visit
    (("attribution_coverage", "day", date(2026, 3, 6), ""), (0.0, 0.0, 200.0, None)),
    (("attribution_coverage", "week", W10, ""), (0.6, 300.0, 500.0, None)),
    (("attribution_coverage", "month", FEBRUARY, ""), (1.0, 2500.0, 2500.0, None)),
    (("spend_match_rate", "day", date(2026, 1, 6), ""), (0.0, 0.0, 50.0, None)),
    (("spend_match_rate", "week", W2, ""), (100 / 150, 100.0, 150.0, None)),
    (("spend_match_rate", "month", MARCH, ""), (130 / 210, 130.0, 210.0, None)),
    # 3 claimed; the CRM holds 1.75 of paid channels
    (("conversion_reconciliation_gap", "month", FEBRUARY, ""), (1.25 / 1.75, 1.25, 1.75, None)),
    (("conversion_reconciliation_gap", "month", FEBRUARY, "Paid Social"), (0.5, 0.5, 1.0, None)),
    (("conversion_reconciliation_gap", "week", W9, ""), (1.25 / 0.75, 1.25, 0.75, None)),
    (("conversion_reconciliation_gap", "day", date(2026, 2, 10), ""), (0.0, 0.0, 1.0, None)),
    # the platforms claimed nothing, and half of o1 is the ads'
    (("conversion_reconciliation_gap", "month", JANUARY, ""), (-1.0, -0.5, 0.5, None)),
    (("brand_search_volume", "day", date(2026, 2, 23), ""), (100.0, 100.0, None, None)),
    (("brand_search_volume", "week", W9, ""), (125.0, 125.0, None, None)),
    (("brand_search_volume", "month", MARCH, ""), (55.0, 55.0, None, None)),
    # three promoters, one detractor and one in between
    (("net_promoter_score", "month", FEBRUARY, ""), (0.4, 2.0, 5.0, None)),
    (("net_promoter_score", "month", MARCH, ""), (-1.0, -1.0, 1.0, None)),
    (("net_promoter_score", "week", W9, ""), (0.0, 0.0, 2.0, None)),
    (("net_promoter_score", "day", date(2026, 2, 10), "Paid Search"), (0.0, 0.0, 1.0, None)),
    # on the last day of the period: 100 + 80 spent of 80 planned, and Paid Social had no budget
    (("spend_pacing", "day", date(2026, 3, 8), ""), (2.25, 180.0, 80.0, None)),
    (("spend_pacing", "day", date(2026, 3, 8), "Paid Search"), (1.25, 100.0, 80.0, None)),
    (("spend_pacing", "day", date(2026, 3, 8), "Paid Social"), (None, 80.0, 0.0, "zero_denominator")),
    (("spend_pacing", "week", W10, ""), (2.25, 180.0, 80.0, None)),
    (("spend_pacing", "month", FEBRUARY, ""), (120 / 140, 120.0, 140.0, None)),
    (("win_rate", "day", date(2026, 1, 21), ""), (0.0, 0.0, 1.0, None)),
    (("win_rate", "week", W9, ""), (0.5, 1.0, 2.0, None)),
    (("win_rate", "month", FEBRUARY, ""), (2 / 3, 2.0, 3.0, None)),
    # 5, 12, 14 and 30.5 days: half-way between the two in the middle
    (("sales_cycle_days", "month", FEBRUARY, ""), (13.0, 13.0, None, None)),
    (("sales_cycle_days", "week", W9, ""), (14.0, 14.0, None, None)),
    (("sales_cycle_days", "day", date(2026, 2, 10), ""), (5.0, 5.0, None, None)),
    (("lead_to_customer_rate", "month", FEBRUARY, ""), (0.25, 1.0, 4.0, None)),
    (("lead_to_customer_rate", "week", date(2026, 2, 2), ""), (0.5, 1.0, 2.0, None)),
    (("lead_to_customer_rate", "day", date(2026, 2, 3), ""), (0.0, 0.0, 1.0, None)),
    # 450 + 150 + 200 of 2 + 1 + 4 customers: a stock, so January's rows are not in February
    (("customer_lifetime_value", "month", FEBRUARY, ""), (800 / 7, 800.0, 7.0, None)),
    (("customer_lifetime_value", "month", JANUARY, ""), (500 / 6, 500.0, 6.0, None)),
    (("customer_lifetime_value", "month", FEBRUARY, "Paid Search"), (225.0, 450.0, 2.0, None)),
    # without December's customers, who were won before any cost is known; with the 100 that won nobody
    (("ltv_to_cac", "month", FEBRUARY, ""), (1.0, 600.0, 600.0, None)),
    (("ltv_to_cac", "month", JANUARY, ""), (0.6, 300.0, 500.0, None)),
    (("ltv_to_cac", "month", FEBRUARY, "Organic Search"), (None, 150.0, None, "missing_denominator")),
    (("ltv_to_cac", "month", FEBRUARY, "Paid Social"), (None, None, 100.0, "missing_numerator")),
    # January's customers had not earned back what they cost by the end of January
    (("cac_payback_months", "month", JANUARY, ""), (None, None, None, "not_yet")),
    (("cac_payback_months", "month", FEBRUARY, ""), (1.0, 1.0, None, None)),
    (("expected_lifetime_value", "month", FEBRUARY, ""), (192.5, 770.0, 4.0, None)),
    (("expected_lifetime_value", "month", FEBRUARY, "Paid Search"), (270.0, 540.0, 2.0, None)),
    # by the month in which they were won: 540 and the 20 of those without a margin; 150 + 60
    (("expected_lifetime_value", "month", FEBRUARY, "2026-01"), (560 / 3, 560.0, 3.0, None)),
    (("expected_lifetime_value", "month", FEBRUARY, "2026-02"), (210.0, 210.0, 1.0, None)),
    (("expected_lifetime_value", "month", JANUARY, ""), (None, None, 2.0, "missing_numerator")),
    # on the last day of the period: 600 + 50
    (("pipeline_value", "month", FEBRUARY, ""), (650.0, 650.0, None, None)),
    (("pipeline_value", "week", W9, ""), (460.0, 460.0, None, None)),
    (("pipeline_value", "day", date(2026, 2, 27), ""), (500.0, 500.0, None, None)),
    (("pipeline_value", "day", date(2026, 3, 9), ""), (0.0, 0.0, None, None)),
    (("pipeline_value", "month", FEBRUARY, "Direct"), (50.0, 50.0, None, None)),
    # nobody can tell what the open deal is worth
    (("pipeline_value", "day", date(2026, 3, 8), "Direct"), (None, None, None, "not_yet")),
    (("open_deal_amount", "month", FEBRUARY, ""), (1200.0, 1200.0, None, None)),
    # 1,400 of 6,000, where the mean of 50 % and 10 % would be 30 %
    (("search_impression_share", "week", W2, ""), (1400 / 6000, 1400.0, 6000.0, None)),
    (("search_impression_share", "day", date(2026, 1, 6), "Paid Search"), (0.1, 400.0, 4000.0, None)),
    (("search_impression_share", "month", MARCH, ""), (0.9, 90.0, 100.0, None)),
    (("search_impression_share", "month", FEBRUARY, ""), (None, None, None, "no_data")),
    # 60 of 1,500, where the mean of the posts' 5 % and 2 % would be 3.5 %
    (("social_engagement_rate", "week", W2, ""), (0.04, 60.0, 1500.0, None)),
    (("social_engagement_rate", "day", date(2026, 1, 5), ""), (0.05, 50.0, 1000.0, None)),
    (("social_engagement_rate", "month", JANUARY, "Organic Video"), (0.02, 10.0, 500.0, None)),
    (("social_engagement_rate", "month", MARCH, ""), (0.0, 0.0, 200.0, None)),
    # a post that nobody saw
    (("social_engagement_rate", "day", date(2026, 3, 4), ""), (None, 0.0, 0.0, "zero_denominator")),
    # of the oldest source on the last day of the period
    (("data_age_hours", "day", date(2026, 2, 27), ""), (32.5, 32.5, None, None)),
    (("data_age_hours", "week", W10, ""), (20.0, 20.0, None, None)),
    (("data_age_hours", "month", FEBRUARY, ""), (30.0, 30.0, None, None)),
    (("data_age_hours", "month", MARCH, ""), (200.0, 200.0, None, None)),
    (("data_age_hours", "week", W10, "hubspot"), (9.0, 9.0, None, None)),
    (("marketing_qualified_leads", "day", date(2026, 1, 6), ""), (1.0, 1.0, None, None)),
    (("marketing_qualified_leads", "week", W2, ""), (2.0, 2.0, None, None)),
    (("marketing_qualified_leads", "month", FEBRUARY, ""), (1.0, 1.0, None, None)),
    (("marketing_qualified_leads", "month", MARCH, ""), (0.0, 0.0, None, None)),
    (("sales_qualified_leads", "day", date(2026, 3, 2), ""), (2.0, 2.0, None, None)),
    (("sales_qualified_leads", "week", W2, "Paid Search"), (1.0, 1.0, None, None)),
    (("sales_qualified_leads", "week", W2, ""), (1.0, 1.0, None, None)),
    (("sales_qualified_leads", "month", MARCH, ""), (2.0, 2.0, None, None)),
    (("likes", "week", W2, ""), (35.0, 35.0, None, None)),
    (("likes", "month", FEBRUARY, ""), (8.0, 8.0, None, None)),
    # on the last day of the period with a count
    (("followers", "day", date(2026, 2, 27), ""), (450.0, 450.0, None, None)),
    (("followers", "week", W9, ""), (480.0, 480.0, None, None)),
    (("followers", "month", FEBRUARY, ""), (460.0, 460.0, None, None)),
    (("followers", "month", FEBRUARY, "Organic Video"), (50.0, 50.0, None, None)),
    (("leads", "day", date(2026, 1, 6), ""), (0.0, 0.0, None, None)),
    (("spend", "day", date(2026, 1, 7), ""), (None, None, None, "no_data")),
    (("customers", "month", FEBRUARY, ""), (2.0, 2.0, None, None)),
    # for every KPI a value at each grain, and those of the catalogue's metrics
    (("search_impression_share", "day", date(2026, 1, 5), ""), (0.5, 1000.0, 2000.0, None)),
    (("click_through_rate", "day", date(2026, 1, 6), ""), (0.005, 100.0, 20000.0, None)),
    (("click_through_rate", "month", MARCH, ""), (0.0075, 120.0, 16000.0, None)),
    (("cost_per_click", "day", date(2026, 3, 8), ""), (40 / 30, 40.0, 30.0, None)),
    (("cost_per_click", "week", W10, ""), (1.5, 120.0, 80.0, None)),
    (("tracked_consent_rate", "day", date(2026, 1, 11), ""), (0.85, 34.0, 40.0, None)),
    (("tracked_consent_rate", "month", MARCH, ""), (1.0, 50.0, 50.0, None)),
    (("engagement_rate", "day", date(2026, 1, 5), ""), (0.5, 1.0, 2.0, None)),
    (("engagement_rate", "month", JANUARY, ""), (1 / 3, 1.0, 3.0, None)),
    (("platform_roas", "day", date(2026, 1, 6), ""), (1.0, 50.0, 50.0, None)),
    # ads of a day without a sale, sales of a day without ads
    (("cost_per_acquisition", "day", date(2026, 2, 23), ""), (None, 120.0, 0.0, "zero_denominator")),
    (("cost_per_acquisition", "day", date(2026, 2, 10), ""), (None, None, 1.0, "missing_numerator")),
    (("return_on_ad_spend", "day", date(2026, 2, 23), ""), (0.0, 0.0, 120.0, None)),
    (("return_on_ad_spend", "day", date(2026, 2, 27), ""), (None, 1500.0, None, "missing_denominator")),
    # 0.75 of o3's 2,000 over 120 and 60
    (("return_on_ad_spend", "week", W9, ""), (1500 / 180, 1500.0, 180.0, None)),
    (("cost_per_lead", "day", date(2026, 1, 5), ""), (100.0, 100.0, 1.0, None)),
    (("cost_per_lead", "month", FEBRUARY, ""), (60.0, 120.0, 2.0, None)),
    (("conversion_rate", "day", date(2026, 1, 5), ""), (0.5, 1.0, 2.0, None)),
    (("conversion_rate", "week", W10, ""), (1 / 3, 1.0, 3.0, None)),
    (("landing_page_conversion_rate", "day", date(2026, 3, 8), ""), (0.0, 0.0, 1.0, None)),
    # one of two: the visit without a page is left out
    (("landing_page_conversion_rate", "week", W10, ""), (0.5, 1.0, 2.0, None)),
    # of January's visits all began on a page that is known
    (("landing_page_conversion_rate", "month", JANUARY, ""), (2 / 3, 2.0, 3.0, None)),
    (("customer_acquisition_cost", "day", date(2026, 2, 28), ""), (None, 620.0, 0.0, "zero_denominator")),
    # ads of 120 and 60, and the 620 of the 28th, for the one of the 27th
    (("customer_acquisition_cost", "week", W9, ""), (800.0, 800.0, 1.0, None)),
    (("return_on_investment", "day", date(2026, 2, 23), ""), (-1.0, -120.0, 120.0, None)),
    # margins 250 + 750 of o3
    (("return_on_investment", "week", W9, ""), (0.25, 200.0, 800.0, None)),
    (("repeat_purchase_rate", "day", date(2026, 2, 27), ""), (0.5, 1.0, 2.0, None)),
    (("net_promoter_score", "day", date(2026, 2, 24), ""), (-1.0, -1.0, 1.0, None)),
    (("spend", "day", date(2026, 3, 8), ""), (40.0, 40.0, None, None)),
    (("spend", "week", W2, ""), (150.0, 150.0, None, None)),
    (("spend", "month", MARCH, ""), (210.0, 210.0, None, None)),
    (("impressions", "day", date(2026, 1, 5), ""), (10000.0, 10000.0, None, None)),
    (("impressions", "week", W2, ""), (30000.0, 30000.0, None, None)),
    (("impressions", "month", MARCH, ""), (16000.0, 16000.0, None, None)),
    (("reach", "day", date(2026, 3, 2), ""), (7000.0, 7000.0, None, None)),
    # how many people saw ads of both accounts is not known
    (("reach", "day", date(2026, 3, 4), ""), (None, None, None, "no_data")),
    # as counted for the week and the month: 7,000 and 6,500 people of two days are 9,200, who are in the month's 9,900
    (("reach", "week", W10, ""), (9200.0, 9200.0, None, None)),
    (("reach", "month", MARCH, ""), (9900.0, 9900.0, None, None)),
    # weeks and months that were not read
    (("reach", "week", W9, ""), (None, None, None, "no_data")),
    (("reach", "month", FEBRUARY, ""), (None, None, None, "no_data")),
    (("likes", "day", date(2026, 1, 5), ""), (30.0, 30.0, None, None)),
    (("page_views", "day", date(2026, 1, 5), ""), (4.0, 4.0, None, None)),
    (("page_views", "week", W9, ""), (7.0, 7.0, None, None)),
    (("sessions", "day", date(2026, 1, 5), ""), (2.0, 2.0, None, None)),
    (("sessions", "week", W9, ""), (3.0, 3.0, None, None)),
    (("sessions", "month", MARCH, ""), (4.0, 4.0, None, None)),
    (("organic_sessions", "day", date(2026, 1, 5), ""), (1.0, 1.0, None, None)),
    (("organic_sessions", "month", JANUARY, ""), (1.0, 1.0, None, None)),
    (("leads", "week", W2, ""), (2.0, 2.0, None, None)),
    (("leads", "month", MARCH, ""), (3.0, 3.0, None, None)),
]
