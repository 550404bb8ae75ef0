WITH sma_10007_cte AS (
  SELECT
    DATE_TRUNC('month', date_day) AS metric_time__month
    , customers_at_start AS __active_customers_at_start
    , revenue_at_start_amount AS __revenue_of_customers_then
    , revenue_retained_amount AS __revenue_of_customers_now
  FROM "warehouse"."marts"."fct_customer_activity" customer_activity_src_1
)

SELECT
  COALESCE(subq_2.metric_time__month, subq_3.metric_time__month) AS metric_time__month
  , MAX(CAST(subq_2.revenue_of_customers_now AS DOUBLE) / CAST(NULLIF(subq_2.revenue_of_customers_then, 0) AS DOUBLE)) AS net_revenue_retention
  , MAX(subq_3.revenue_of_customers_now) AS revenue_of_customers_now
  , MAX(subq_3.revenue_of_customers_then) AS revenue_of_customers_then
  , MAX(subq_3.active_customers_at_start) AS active_customers_at_start
FROM (
  SELECT
    metric_time__month
    , SUM(__revenue_of_customers_now) AS revenue_of_customers_now
    , SUM(__revenue_of_customers_then) AS revenue_of_customers_then
  FROM sma_10007_cte
  GROUP BY
    metric_time__month
) subq_2
FULL OUTER JOIN (
  SELECT
    metric_time__month
    , SUM(__revenue_of_customers_now) AS revenue_of_customers_now
    , SUM(__revenue_of_customers_then) AS revenue_of_customers_then
    , SUM(__active_customers_at_start) AS active_customers_at_start
  FROM sma_10007_cte
  GROUP BY
    metric_time__month
) subq_3
ON
  subq_2.metric_time__month = subq_3.metric_time__month
GROUP BY
  COALESCE(subq_2.metric_time__month, subq_3.metric_time__month)
