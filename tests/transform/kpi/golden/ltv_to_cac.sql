WITH sma_1_cte AS (
  SELECT
    DATE_TRUNC('month', date_day) AS metric_time__month
    , customers AS __customers_of_cohorts
    , case when is_cost_known then cumulative_margin_amount end AS __margin_of_customers_with_cost
    , acquisition_cost_amount AS __cost_of_customers
  FROM "warehouse"."marts"."fct_customer_cohorts" customer_cohorts_src_2
)

SELECT
  COALESCE(subq_3.metric_time__month, subq_4.metric_time__month) AS metric_time__month
  , MAX(CAST(subq_3.margin_of_customers_with_cost AS DOUBLE) / CAST(NULLIF(subq_3.cost_of_customers, 0) AS DOUBLE)) AS ltv_to_cac
  , MAX(subq_4.margin_of_customers_with_cost) AS margin_of_customers_with_cost
  , MAX(subq_4.cost_of_customers) AS cost_of_customers
  , MAX(subq_4.customers_of_cohorts) AS customers_of_cohorts
FROM (
  SELECT
    metric_time__month
    , SUM(__margin_of_customers_with_cost) AS margin_of_customers_with_cost
    , SUM(__cost_of_customers) AS cost_of_customers
  FROM sma_1_cte
  GROUP BY
    metric_time__month
) subq_3
FULL OUTER JOIN (
  SELECT
    metric_time__month
    , SUM(__margin_of_customers_with_cost) AS margin_of_customers_with_cost
    , SUM(__cost_of_customers) AS cost_of_customers
    , SUM(__customers_of_cohorts) AS customers_of_cohorts
  FROM sma_1_cte
  GROUP BY
    metric_time__month
) subq_4
ON
  subq_3.metric_time__month = subq_4.metric_time__month
GROUP BY
  COALESCE(subq_3.metric_time__month, subq_4.metric_time__month)
