WITH cm_1_cte AS (
  SELECT
    DATE_TRUNC('week', date_day) AS metric_time__week
    , SUM(spend_amount) AS spend
  FROM "warehouse"."marts"."fct_ad_spend" ad_spend_src_2
  GROUP BY
    DATE_TRUNC('week', date_day)
)

, cm_3_cte AS (
  SELECT
    metric_time__week
    , COALESCE(__attributed_paid_conversions, 0) AS attributed_paid_conversions
  FROM (
    SELECT
      metric_time__week
      , SUM(__attributed_paid_conversions) AS __attributed_paid_conversions
    FROM (
      SELECT
        DATE_TRUNC('week', date_day) AS metric_time__week
        , case when is_paid then credited_conversions else 0 end AS __attributed_paid_conversions
      FROM "warehouse"."semantic"."sem_attributed_orders" attributed_orders_src_4
    ) subq_5
    GROUP BY
      metric_time__week
  ) subq_6
)

SELECT
  COALESCE(subq_7.metric_time__week, subq_8.metric_time__week, subq_9.metric_time__week) AS metric_time__week
  , MAX(subq_7.cost_per_acquisition) AS cost_per_acquisition
  , MAX(subq_8.spend) AS spend
  , COALESCE(MAX(subq_9.attributed_paid_conversions), 0) AS attributed_paid_conversions
FROM (
  SELECT
    metric_time__week
    , CAST(spend AS DOUBLE) / CAST(NULLIF(attributed_paid_conversions, 0) AS DOUBLE) AS cost_per_acquisition
  FROM (
    SELECT
      COALESCE(subq_10.metric_time__week, subq_11.metric_time__week) AS metric_time__week
      , MAX(subq_10.spend) AS spend
      , COALESCE(MAX(subq_11.attributed_paid_conversions), 0) AS attributed_paid_conversions
    FROM (
      SELECT
        metric_time__week
        , spend
      FROM cm_1_cte
    ) subq_10
    FULL OUTER JOIN (
      SELECT
        metric_time__week
        , attributed_paid_conversions
      FROM cm_3_cte
    ) subq_11
    ON
      subq_10.metric_time__week = subq_11.metric_time__week
    GROUP BY
      COALESCE(subq_10.metric_time__week, subq_11.metric_time__week)
  ) subq_12
) subq_7
FULL OUTER JOIN (
  SELECT
    metric_time__week
    , spend
  FROM cm_1_cte
) subq_8
ON
  subq_7.metric_time__week = subq_8.metric_time__week
FULL OUTER JOIN (
  SELECT
    metric_time__week
    , attributed_paid_conversions
  FROM cm_3_cte
) subq_9
ON
  COALESCE(subq_7.metric_time__week, subq_8.metric_time__week) = subq_9.metric_time__week
GROUP BY
  COALESCE(subq_7.metric_time__week, subq_8.metric_time__week, subq_9.metric_time__week)
