WITH cm_1_cte AS (
  SELECT
    metric_time__month
    , SUM(__expected_margin_of_customers) AS expected_margin_of_customers
    , SUM(__customers_with_expectation) AS customers_with_expectation
  FROM (
    SELECT
      DATE_TRUNC('month', date_day) AS metric_time__month
      , coalesce(margin_amount, 0) + expected_margin_amount AS __expected_margin_of_customers
      , customers AS __customers_with_expectation
    FROM "warehouse"."marts"."fct_expected_lifetimes" expected_lifetimes_src_2
  ) subq_3
  GROUP BY
    metric_time__month
)

SELECT
  COALESCE(subq_4.metric_time__month, subq_5.metric_time__month) AS metric_time__month
  , MAX(subq_4.expected_lifetime_value) AS expected_lifetime_value
  , MAX(subq_5.expected_margin_of_customers) AS expected_margin_of_customers
  , MAX(subq_5.customers_with_expectation) AS customers_with_expectation
FROM (
  SELECT
    metric_time__month
    , CAST(expected_margin_of_customers AS DOUBLE) / CAST(NULLIF(customers_with_expectation, 0) AS DOUBLE) AS expected_lifetime_value
  FROM cm_1_cte
) subq_4
FULL OUTER JOIN (
  SELECT
    metric_time__month
    , expected_margin_of_customers
    , customers_with_expectation
  FROM cm_1_cte
) subq_5
ON
  subq_4.metric_time__month = subq_5.metric_time__month
GROUP BY
  COALESCE(subq_4.metric_time__month, subq_5.metric_time__month)
