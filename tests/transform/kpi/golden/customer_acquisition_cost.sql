WITH cm_1_cte AS (
  SELECT
    DATE_TRUNC('month', date_day) AS metric_time__month
    , SUM(cost_amount) AS marketing_cost
  FROM "warehouse"."marts"."fct_marketing_cost" marketing_costs_src_2
  GROUP BY
    DATE_TRUNC('month', date_day)
)

, cm_3_cte AS (
  SELECT
    metric_time__month
    , COALESCE(__new_customers, 0) AS new_customers
  FROM (
    SELECT
      metric_time__month
      , SUM(__new_customers) AS __new_customers
    FROM (
      SELECT
        DATE_TRUNC('month', date_day) AS metric_time__month
        , case when is_first_purchase then 1 else 0 end AS __new_customers
      FROM "warehouse"."marts"."fct_orders" orders_src_4
    ) subq_5
    GROUP BY
      metric_time__month
  ) subq_6
)

SELECT
  COALESCE(subq_7.metric_time__month, subq_8.metric_time__month, subq_9.metric_time__month) AS metric_time__month
  , MAX(subq_7.customer_acquisition_cost) AS customer_acquisition_cost
  , MAX(subq_8.marketing_cost) AS marketing_cost
  , COALESCE(MAX(subq_9.new_customers), 0) AS new_customers
FROM (
  SELECT
    metric_time__month
    , CAST(marketing_cost AS DOUBLE) / CAST(NULLIF(new_customers, 0) AS DOUBLE) AS customer_acquisition_cost
  FROM (
    SELECT
      COALESCE(subq_10.metric_time__month, subq_11.metric_time__month) AS metric_time__month
      , MAX(subq_10.marketing_cost) AS marketing_cost
      , COALESCE(MAX(subq_11.new_customers), 0) AS new_customers
    FROM (
      SELECT
        metric_time__month
        , marketing_cost
      FROM cm_1_cte
    ) subq_10
    FULL OUTER JOIN (
      SELECT
        metric_time__month
        , new_customers
      FROM cm_3_cte
    ) subq_11
    ON
      subq_10.metric_time__month = subq_11.metric_time__month
    GROUP BY
      COALESCE(subq_10.metric_time__month, subq_11.metric_time__month)
  ) subq_12
) subq_7
FULL OUTER JOIN (
  SELECT
    metric_time__month
    , marketing_cost
  FROM cm_1_cte
) subq_8
ON
  subq_7.metric_time__month = subq_8.metric_time__month
FULL OUTER JOIN (
  SELECT
    metric_time__month
    , new_customers
  FROM cm_3_cte
) subq_9
ON
  COALESCE(subq_7.metric_time__month, subq_8.metric_time__month) = subq_9.metric_time__month
GROUP BY
  COALESCE(subq_7.metric_time__month, subq_8.metric_time__month, subq_9.metric_time__month)
