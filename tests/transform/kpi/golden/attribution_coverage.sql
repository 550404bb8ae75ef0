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

, sma_10014_cte AS (
  SELECT
    DATE_TRUNC('week', date_day) AS metric_time__week
    , 1 AS __orders
    , revenue_amount AS __revenue
  FROM "warehouse"."marts"."fct_orders" orders_src_5
)

SELECT
  COALESCE(subq_6.metric_time__week, subq_7.metric_time__week, subq_8.metric_time__week) AS metric_time__week
  , MAX(subq_6.attribution_coverage) AS attribution_coverage
  , COALESCE(MAX(subq_7.attributed_revenue), 0) AS attributed_revenue
  , COALESCE(MAX(subq_8.revenue), 0) AS revenue
  , COALESCE(MAX(subq_8.orders), 0) AS orders
FROM (
  SELECT
    metric_time__week
    , CAST(attributed_revenue AS DOUBLE) / CAST(NULLIF(revenue, 0) AS DOUBLE) AS attribution_coverage
  FROM (
    SELECT
      COALESCE(subq_9.metric_time__week, subq_10.metric_time__week) AS metric_time__week
      , COALESCE(MAX(subq_9.attributed_revenue), 0) AS attributed_revenue
      , COALESCE(MAX(subq_10.revenue), 0) AS revenue
    FROM (
      SELECT
        metric_time__week
        , attributed_revenue
      FROM cm_1_cte
    ) subq_9
    FULL OUTER JOIN (
      SELECT
        metric_time__week
        , COALESCE(__revenue, 0) AS revenue
      FROM (
        SELECT
          metric_time__week
          , SUM(__revenue) AS __revenue
        FROM sma_10014_cte
        GROUP BY
          metric_time__week
      ) subq_11
    ) subq_10
    ON
      subq_9.metric_time__week = subq_10.metric_time__week
    GROUP BY
      COALESCE(subq_9.metric_time__week, subq_10.metric_time__week)
  ) subq_12
) subq_6
FULL OUTER JOIN (
  SELECT
    metric_time__week
    , attributed_revenue
  FROM cm_1_cte
) subq_7
ON
  subq_6.metric_time__week = subq_7.metric_time__week
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
    FROM sma_10014_cte
    GROUP BY
      metric_time__week
  ) subq_13
) subq_8
ON
  COALESCE(subq_6.metric_time__week, subq_7.metric_time__week) = subq_8.metric_time__week
GROUP BY
  COALESCE(subq_6.metric_time__week, subq_7.metric_time__week, subq_8.metric_time__week)
