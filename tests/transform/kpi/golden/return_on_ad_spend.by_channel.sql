WITH sma_1_cte AS (
  SELECT
    DATE_TRUNC('month', date_day) AS metric_time__month
    , channel
    , case when is_paid then credited_conversions else 0 end AS __attributed_paid_conversions
    , case when is_paid then credited_value else 0 end AS __attributed_paid_revenue
  FROM "warehouse"."semantic"."sem_attributed_orders" attributed_orders_src_2
)

, cm_3_cte AS (
  SELECT
    DATE_TRUNC('month', date_day) AS metric_time__month
    , channel
    , SUM(spend_amount) AS spend
  FROM "warehouse"."marts"."fct_ad_spend" ad_spend_src_4
  GROUP BY
    DATE_TRUNC('month', date_day)
    , channel
)

SELECT
  COALESCE(subq_5.metric_time__month, subq_6.metric_time__month, subq_7.metric_time__month) AS metric_time__month
  , COALESCE(subq_5.channel, subq_6.channel, subq_7.channel) AS channel
  , MAX(subq_5.return_on_ad_spend) AS return_on_ad_spend
  , COALESCE(MAX(subq_6.attributed_paid_revenue), 0) AS attributed_paid_revenue
  , COALESCE(MAX(subq_6.attributed_paid_conversions), 0) AS attributed_paid_conversions
  , MAX(subq_7.spend) AS spend
FROM (
  SELECT
    metric_time__month
    , channel
    , CAST(attributed_paid_revenue AS DOUBLE) / CAST(NULLIF(spend, 0) AS DOUBLE) AS return_on_ad_spend
  FROM (
    SELECT
      COALESCE(subq_8.metric_time__month, subq_9.metric_time__month) AS metric_time__month
      , COALESCE(subq_8.channel, subq_9.channel) AS channel
      , COALESCE(MAX(subq_8.attributed_paid_revenue), 0) AS attributed_paid_revenue
      , MAX(subq_9.spend) AS spend
    FROM (
      SELECT
        metric_time__month
        , channel
        , COALESCE(__attributed_paid_revenue, 0) AS attributed_paid_revenue
      FROM (
        SELECT
          metric_time__month
          , channel
          , SUM(__attributed_paid_revenue) AS __attributed_paid_revenue
        FROM sma_1_cte
        GROUP BY
          metric_time__month
          , channel
      ) subq_10
    ) subq_8
    FULL OUTER JOIN (
      SELECT
        metric_time__month
        , channel
        , spend
      FROM cm_3_cte
    ) subq_9
    ON
      (
        subq_8.metric_time__month = subq_9.metric_time__month
      ) AND (
        subq_8.channel = subq_9.channel
      )
    GROUP BY
      COALESCE(subq_8.metric_time__month, subq_9.metric_time__month)
      , COALESCE(subq_8.channel, subq_9.channel)
  ) subq_11
) subq_5
FULL OUTER JOIN (
  SELECT
    metric_time__month
    , channel
    , COALESCE(__attributed_paid_revenue, 0) AS attributed_paid_revenue
    , COALESCE(__attributed_paid_conversions, 0) AS attributed_paid_conversions
  FROM (
    SELECT
      metric_time__month
      , channel
      , SUM(__attributed_paid_conversions) AS __attributed_paid_conversions
      , SUM(__attributed_paid_revenue) AS __attributed_paid_revenue
    FROM sma_1_cte
    GROUP BY
      metric_time__month
      , channel
  ) subq_12
) subq_6
ON
  (
    subq_5.metric_time__month = subq_6.metric_time__month
  ) AND (
    subq_5.channel = subq_6.channel
  )
FULL OUTER JOIN (
  SELECT
    metric_time__month
    , channel
    , spend
  FROM cm_3_cte
) subq_7
ON
  (
    COALESCE(subq_5.metric_time__month, subq_6.metric_time__month) = subq_7.metric_time__month
  ) AND (
    COALESCE(subq_5.channel, subq_6.channel) = subq_7.channel
  )
GROUP BY
  COALESCE(subq_5.metric_time__month, subq_6.metric_time__month, subq_7.metric_time__month)
  , COALESCE(subq_5.channel, subq_6.channel, subq_7.channel)
