WITH cm_1_cte AS (
  SELECT
    DATE_TRUNC('month', date_day) AS metric_time__month
    , SUM(customers_retained) AS retained_customers
    , SUM(customers_at_start) AS active_customers_at_start
  FROM "warehouse"."marts"."fct_customer_activity" customer_activity_src_2
  GROUP BY
    DATE_TRUNC('month', date_day)
)

SELECT
  COALESCE(subq_3.metric_time__month, subq_4.metric_time__month) AS metric_time__month
  , MAX(subq_3.retention_rate) AS retention_rate
  , MAX(subq_4.retained_customers) AS retained_customers
  , MAX(subq_4.active_customers_at_start) AS active_customers_at_start
FROM (
  SELECT
    metric_time__month
    , CAST(retained_customers AS DOUBLE) / CAST(NULLIF(active_customers_at_start, 0) AS DOUBLE) AS retention_rate
  FROM cm_1_cte
) subq_3
FULL OUTER JOIN (
  SELECT
    metric_time__month
    , retained_customers
    , active_customers_at_start
  FROM cm_1_cte
) subq_4
ON
  subq_3.metric_time__month = subq_4.metric_time__month
GROUP BY
  COALESCE(subq_3.metric_time__month, subq_4.metric_time__month)
