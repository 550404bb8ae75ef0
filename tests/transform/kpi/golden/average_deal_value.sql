WITH cm_1_cte AS (
  SELECT
    metric_time__month
    , COALESCE(__revenue, 0) AS revenue
    , COALESCE(__orders, 0) AS orders
  FROM (
    SELECT
      metric_time__month
      , SUM(__orders) AS __orders
      , SUM(__revenue) AS __revenue
    FROM (
      SELECT
        DATE_TRUNC('month', date_day) AS metric_time__month
        , 1 AS __orders
        , revenue_amount AS __revenue
      FROM "warehouse"."marts"."fct_orders" orders_src_2
    ) subq_3
    GROUP BY
      metric_time__month
  ) subq_4
)

SELECT
  COALESCE(subq_5.metric_time__month, subq_6.metric_time__month) AS metric_time__month
  , MAX(subq_5.average_deal_value) AS average_deal_value
  , COALESCE(MAX(subq_6.revenue), 0) AS revenue
  , COALESCE(MAX(subq_6.orders), 0) AS orders
FROM (
  SELECT
    metric_time__month
    , CAST(revenue AS DOUBLE) / CAST(NULLIF(orders, 0) AS DOUBLE) AS average_deal_value
  FROM cm_1_cte
) subq_5
FULL OUTER JOIN (
  SELECT
    metric_time__month
    , revenue
    , orders
  FROM cm_1_cte
) subq_6
ON
  subq_5.metric_time__month = subq_6.metric_time__month
GROUP BY
  COALESCE(subq_5.metric_time__month, subq_6.metric_time__month)
