WITH cm_1_cte AS (
  SELECT
    metric_time__week
    , COALESCE(__attributed_revenue, 0) AS attributed_revenue
  FROM (
    SELECT
      metric_time__week
      , SUM(__attributed_revenue) AS __attributed_revenue
    FROM (
      SELECT
        DATE_TRUNC('week', date_day) AS metric_time__week
        , case when channel <> '(unattributed)' then credited_value else 0 end AS __attributed_revenue
      FROM "warehouse"."semantic"."sem_attributed_orders" attributed_orders_src_2
    ) subq_3
    GROUP BY
      metric_time__week
  ) subq_4
)

, sma_5_cte AS (
  SELECT
    DATE_TRUNC('week', date_day) AS metric_time__week
    , 1 AS __orders
    , revenue_amount AS __revenue
  FROM "warehouse"."marts"."fct_orders" orders_src_6
)

SELECT
  COALESCE(subq_7.metric_time__week, subq_8.metric_time__week, subq_9.metric_time__week) AS metric_time__week
  , MAX(subq_7.attribution_coverage) AS attribution_coverage
  , COALESCE(MAX(subq_8.attributed_revenue), 0) AS attributed_revenue
  , COALESCE(MAX(subq_9.revenue), 0) AS revenue
  , COALESCE(MAX(subq_9.orders), 0) AS orders
FROM (
  SELECT
    metric_time__week
    , CAST(attributed_revenue AS DOUBLE) / CAST(NULLIF(revenue, 0) AS DOUBLE) AS attribution_coverage
  FROM (
    SELECT
      COALESCE(subq_10.metric_time__week, subq_11.metric_time__week) AS metric_time__week
      , COALESCE(MAX(subq_10.attributed_revenue), 0) AS attributed_revenue
      , COALESCE(MAX(subq_11.revenue), 0) AS revenue
    FROM (
      SELECT
        metric_time__week
        , attributed_revenue
      FROM cm_1_cte
    ) subq_10
    FULL OUTER JOIN (
      SELECT
        metric_time__week
        , COALESCE(__revenue, 0) AS revenue
      FROM (
        SELECT
          metric_time__week
          , SUM(__revenue) AS __revenue
        FROM sma_5_cte
        GROUP BY
          metric_time__week
      ) subq_12
    ) subq_11
    ON
      subq_10.metric_time__week = subq_11.metric_time__week
    GROUP BY
      COALESCE(subq_10.metric_time__week, subq_11.metric_time__week)
  ) subq_13
) subq_7
FULL OUTER JOIN (
  SELECT
    metric_time__week
    , attributed_revenue
  FROM cm_1_cte
) subq_8
ON
  subq_7.metric_time__week = subq_8.metric_time__week
FULL OUTER JOIN (
  SELECT
    metric_time__week
    , COALESCE(__revenue, 0) AS revenue
    , COALESCE(__orders, 0) AS orders
  FROM (
    SELECT
      metric_time__week
      , SUM(__orders) AS __orders
      , SUM(__revenue) AS __revenue
    FROM sma_5_cte
    GROUP BY
      metric_time__week
  ) subq_14
) subq_9
ON
  COALESCE(subq_7.metric_time__week, subq_8.metric_time__week) = subq_9.metric_time__week
GROUP BY
  COALESCE(subq_7.metric_time__week, subq_8.metric_time__week, subq_9.metric_time__week)
