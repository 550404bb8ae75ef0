WITH sma_1_cte AS (
  SELECT
    DATE_TRUNC('month', date_day) AS metric_time__month
    , customers_at_start AS __active_customers_at_start
    , revenue_at_start_amount AS __revenue_of_customers_then
    , revenue_retained_amount AS __revenue_of_customers_now
  FROM "warehouse"."marts"."fct_customer_activity" customer_activity_src_2
)

SELECT
  COALESCE(subq_3.metric_time__month, subq_4.metric_time__month) AS metric_time__month
  , MAX(CAST(subq_3.revenue_of_customers_now AS DOUBLE) / CAST(NULLIF(subq_3.revenue_of_customers_then, 0) AS DOUBLE)) AS net_revenue_retention
  , MAX(subq_4.revenue_of_customers_now) AS revenue_of_customers_now
  , MAX(subq_4.revenue_of_customers_then) AS revenue_of_customers_then
  , MAX(subq_4.active_customers_at_start) AS active_customers_at_start
FROM (
  SELECT
    metric_time__month
    , SUM(__revenue_of_customers_now) AS revenue_of_customers_now
    , SUM(__revenue_of_customers_then) AS revenue_of_customers_then
  FROM sma_1_cte
  GROUP BY
    metric_time__month
) subq_3
FULL OUTER JOIN (
  SELECT
    metric_time__month
    , SUM(__revenue_of_customers_now) AS revenue_of_customers_now
    , SUM(__revenue_of_customers_then) AS revenue_of_customers_then
    , SUM(__active_customers_at_start) AS active_customers_at_start
  FROM sma_1_cte
  GROUP BY
    metric_time__month
) subq_4
ON
  subq_3.metric_time__month = subq_4.metric_time__month
GROUP BY
  COALESCE(subq_3.metric_time__month, subq_4.metric_time__month)
