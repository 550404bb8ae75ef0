WITH cm_1_cte AS (
  SELECT
    metric_time__month
    , SUM(__lost_customers) AS lost_customers
    , SUM(__active_customers_at_start) AS active_customers_at_start
  FROM (
    SELECT
      DATE_TRUNC('month', date_day) AS metric_time__month
      , customers_at_start AS __active_customers_at_start
      , customers_at_start - customers_retained AS __lost_customers
    FROM "warehouse"."marts"."fct_customer_activity" customer_activity_src_2
  ) subq_3
  GROUP BY
    metric_time__month
)

SELECT
  COALESCE(subq_4.metric_time__month, subq_5.metric_time__month) AS metric_time__month
  , MAX(subq_4.churn_rate) AS churn_rate
  , MAX(subq_5.lost_customers) AS lost_customers
  , MAX(subq_5.active_customers_at_start) AS active_customers_at_start
FROM (
  SELECT
    metric_time__month
    , CAST(lost_customers AS DOUBLE) / CAST(NULLIF(active_customers_at_start, 0) AS DOUBLE) AS churn_rate
  FROM cm_1_cte
) subq_4
FULL OUTER JOIN (
  SELECT
    metric_time__month
    , lost_customers
    , active_customers_at_start
  FROM cm_1_cte
) subq_5
ON
  subq_4.metric_time__month = subq_5.metric_time__month
GROUP BY
  COALESCE(subq_4.metric_time__month, subq_5.metric_time__month)
