WITH cm_1_cte AS (
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
      FROM "warehouse"."semantic"."sem_attributed_orders" attributed_orders_src_2
    ) subq_3
    GROUP BY
      metric_time__week
  ) subq_4
)

, cm_5_cte AS (
  SELECT
    metric_time__week
    , claimed_purchases - attributed_paid_conversions AS excess_claims
  FROM (
    SELECT
      COALESCE(subq_6.metric_time__week, subq_7.metric_time__week) AS metric_time__week
      , COALESCE(MAX(subq_6.claimed_purchases), 0) AS claimed_purchases
      , COALESCE(MAX(subq_7.attributed_paid_conversions), 0) AS attributed_paid_conversions
    FROM (
      SELECT
        metric_time__week
        , COALESCE(__claimed_purchases, 0) AS claimed_purchases
      FROM (
        SELECT
          metric_time__week
          , SUM(__claimed_purchases) AS __claimed_purchases
        FROM (
          SELECT
            DATE_TRUNC('week', date_day) AS metric_time__week
            , cast(claimed_purchases as decimal(18, 9)) AS __claimed_purchases
          FROM "warehouse"."marts"."fct_platform_purchases" platform_purchases_src_8
        ) subq_9
        GROUP BY
          metric_time__week
      ) subq_10
    ) subq_6
    FULL OUTER JOIN (
      SELECT
        metric_time__week
        , attributed_paid_conversions
      FROM cm_1_cte
    ) subq_7
    ON
      subq_6.metric_time__week = subq_7.metric_time__week
    GROUP BY
      COALESCE(subq_6.metric_time__week, subq_7.metric_time__week)
  ) subq_11
)

SELECT
  COALESCE(subq_12.metric_time__week, subq_13.metric_time__week, subq_14.metric_time__week) AS metric_time__week
  , MAX(subq_12.conversion_reconciliation_gap) AS conversion_reconciliation_gap
  , MAX(subq_13.excess_claims) AS excess_claims
  , COALESCE(MAX(subq_14.attributed_paid_conversions), 0) AS attributed_paid_conversions
FROM (
  SELECT
    metric_time__week
    , CAST(excess_claims AS DOUBLE) / CAST(NULLIF(attributed_paid_conversions, 0) AS DOUBLE) AS conversion_reconciliation_gap
  FROM (
    SELECT
      COALESCE(subq_15.metric_time__week, subq_16.metric_time__week) AS metric_time__week
      , MAX(subq_15.excess_claims) AS excess_claims
      , COALESCE(MAX(subq_16.attributed_paid_conversions), 0) AS attributed_paid_conversions
    FROM (
      SELECT
        metric_time__week
        , excess_claims
      FROM cm_5_cte
    ) subq_15
    FULL OUTER JOIN (
      SELECT
        metric_time__week
        , attributed_paid_conversions
      FROM cm_1_cte
    ) subq_16
    ON
      subq_15.metric_time__week = subq_16.metric_time__week
    GROUP BY
      COALESCE(subq_15.metric_time__week, subq_16.metric_time__week)
  ) subq_17
) subq_12
FULL OUTER JOIN (
  SELECT
    metric_time__week
    , excess_claims
  FROM cm_5_cte
) subq_13
ON
  subq_12.metric_time__week = subq_13.metric_time__week
FULL OUTER JOIN (
  SELECT
    metric_time__week
    , attributed_paid_conversions
  FROM cm_1_cte
) subq_14
ON
  COALESCE(subq_12.metric_time__week, subq_13.metric_time__week) = subq_14.metric_time__week
GROUP BY
  COALESCE(subq_12.metric_time__week, subq_13.metric_time__week, subq_14.metric_time__week)
