WITH cm_3_cte AS (
  SELECT
    metric_time__month
    , channel
    , COALESCE(__attributed_paid_revenue, 0) AS attributed_paid_revenue
  FROM (
    SELECT
      metric_time__month
      , channel
      , SUM(__attributed_paid_revenue) AS __attributed_paid_revenue
    FROM (
      SELECT
        DATE_TRUNC('month', date_day) AS metric_time__month
        , channel
        , case when is_paid then credited_value else 0 end AS __attributed_paid_revenue
      FROM "warehouse"."semantic"."sem_attributed_orders" attributed_orders_src_10000
    ) subq_3
    GROUP BY
      metric_time__month
      , channel
  ) subq_4
)

, cm_4_cte AS (
  SELECT
    DATE_TRUNC('month', date_day) AS metric_time__month
    , channel
    , SUM(spend_amount) AS spend
  FROM "warehouse"."marts"."fct_ad_spend" ad_spend_src_10000
  GROUP BY
    DATE_TRUNC('month', date_day)
    , channel
)

SELECT
  COALESCE(subq_13.metric_time__month, subq_14.metric_time__month, subq_15.metric_time__month) AS metric_time__month
  , COALESCE(subq_13.channel, subq_14.channel, subq_15.channel) AS channel
  , MAX(subq_13.return_on_ad_spend) AS return_on_ad_spend
  , COALESCE(MAX(subq_14.attributed_paid_revenue), 0) AS attributed_paid_revenue
  , MAX(subq_15.spend) AS spend
FROM (
  SELECT
    metric_time__month
    , channel
    , CAST(attributed_paid_revenue AS DOUBLE) / CAST(NULLIF(spend, 0) AS DOUBLE) AS return_on_ad_spend
  FROM (
    SELECT
      COALESCE(subq_5.metric_time__month, subq_11.metric_time__month) AS metric_time__month
      , COALESCE(subq_5.channel, subq_11.channel) AS channel
      , COALESCE(MAX(subq_5.attributed_paid_revenue), 0) AS attributed_paid_revenue
      , MAX(subq_11.spend) AS spend
    FROM (
      SELECT
        metric_time__month
        , channel
        , attributed_paid_revenue
      FROM cm_3_cte
    ) subq_5
    FULL OUTER JOIN (
      SELECT
        metric_time__month
        , channel
        , spend
      FROM cm_4_cte
    ) subq_11
    ON
      (
        subq_5.metric_time__month = subq_11.metric_time__month
      ) AND (
        subq_5.channel = subq_11.channel
      )
    GROUP BY
      COALESCE(subq_5.metric_time__month, subq_11.metric_time__month)
      , COALESCE(subq_5.channel, subq_11.channel)
  ) subq_12
) subq_13
FULL OUTER JOIN (
  SELECT
    metric_time__month
    , channel
    , attributed_paid_revenue
  FROM cm_3_cte
) subq_14
ON
  (
    subq_13.metric_time__month = subq_14.metric_time__month
  ) AND (
    subq_13.channel = subq_14.channel
  )
FULL OUTER JOIN (
  SELECT
    metric_time__month
    , channel
    , spend
  FROM cm_4_cte
) subq_15
ON
  (
    COALESCE(subq_13.metric_time__month, subq_14.metric_time__month) = subq_15.metric_time__month
  ) AND (
    COALESCE(subq_13.channel, subq_14.channel) = subq_15.channel
  )
GROUP BY
  COALESCE(subq_13.metric_time__month, subq_14.metric_time__month, subq_15.metric_time__month)
  , COALESCE(subq_13.channel, subq_14.channel, subq_15.channel)
