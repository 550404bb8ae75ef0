WITH cm_1_cte AS (
  SELECT
    subq_2.metric_time__month AS metric_time__month
    , SUM(subq_2.__repeat_customers) AS repeat_customers
    , SUM(subq_2.__customers) AS customers
  FROM (
    SELECT
      DATE_TRUNC('day', date_day) AS date_day__day
      , DATE_TRUNC('month', date_day) AS metric_time__month
      , customers AS __customers
      , repeat_customers AS __repeat_customers
    FROM "warehouse"."marts"."fct_customer_base" customer_base_src_3
  ) subq_2
  INNER JOIN (
    SELECT
      DATE_TRUNC('month', date_day) AS metric_time__month
      , MAX(DATE_TRUNC('day', date_day)) AS date_day__day__complete
    FROM "warehouse"."marts"."fct_customer_base" customer_base_src_3
    GROUP BY
      DATE_TRUNC('month', date_day)
  ) subq_4
  ON
    subq_2.date_day__day = subq_4.date_day__day__complete
  GROUP BY
    subq_2.metric_time__month
)

SELECT
  COALESCE(subq_5.metric_time__month, subq_6.metric_time__month) AS metric_time__month
  , MAX(subq_5.repeat_purchase_rate) AS repeat_purchase_rate
  , MAX(subq_6.repeat_customers) AS repeat_customers
  , MAX(subq_6.customers) AS customers
FROM (
  SELECT
    metric_time__month
    , CAST(repeat_customers AS DOUBLE) / CAST(NULLIF(customers, 0) AS DOUBLE) AS repeat_purchase_rate
  FROM cm_1_cte
) subq_5
FULL OUTER JOIN (
  SELECT
    metric_time__month
    , repeat_customers
    , customers
  FROM cm_1_cte
) subq_6
ON
  subq_5.metric_time__month = subq_6.metric_time__month
GROUP BY
  COALESCE(subq_5.metric_time__month, subq_6.metric_time__month)
