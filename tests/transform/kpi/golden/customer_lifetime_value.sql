WITH cm_1_cte AS (
  SELECT
    DATE_TRUNC('month', date_day) AS metric_time__month
    , SUM(cumulative_margin_amount) AS margin_of_customers
    , SUM(customers) AS customers_of_cohorts
  FROM "warehouse"."marts"."fct_customer_cohorts" customer_cohorts_src_2
  GROUP BY
    DATE_TRUNC('month', date_day)
)

SELECT
  COALESCE(subq_3.metric_time__month, subq_4.metric_time__month) AS metric_time__month
  , MAX(subq_3.customer_lifetime_value) AS customer_lifetime_value
  , MAX(subq_4.margin_of_customers) AS margin_of_customers
  , MAX(subq_4.customers_of_cohorts) AS customers_of_cohorts
FROM (
  SELECT
    metric_time__month
    , CAST(margin_of_customers AS DOUBLE) / CAST(NULLIF(customers_of_cohorts, 0) AS DOUBLE) AS customer_lifetime_value
  FROM cm_1_cte
) subq_3
FULL OUTER JOIN (
  SELECT
    metric_time__month
    , margin_of_customers
    , customers_of_cohorts
  FROM cm_1_cte
) subq_4
ON
  subq_3.metric_time__month = subq_4.metric_time__month
GROUP BY
  COALESCE(subq_3.metric_time__month, subq_4.metric_time__month)
