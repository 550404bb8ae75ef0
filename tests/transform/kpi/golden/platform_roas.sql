WITH cm_1_cte AS (
  SELECT
    DATE_TRUNC('day', date_day) AS metric_time__day
    , SUM(platform_conversion_value_amount) AS platform_value
    , SUM(spend_amount) AS spend
  FROM "warehouse"."marts"."fct_ad_spend" ad_spend_src_2
  GROUP BY
    DATE_TRUNC('day', date_day)
)

SELECT
  COALESCE(subq_3.metric_time__day, subq_4.metric_time__day, subq_5.metric_time__day) AS metric_time__day
  , MAX(subq_3.platform_roas) AS platform_roas
  , MAX(subq_4.platform_value) AS platform_value
  , MAX(subq_4.spend) AS spend
  , COALESCE(MAX(subq_5.claimed_purchases), 0) AS claimed_purchases
FROM (
  SELECT
    metric_time__day
    , CAST(platform_value AS DOUBLE) / CAST(NULLIF(spend, 0) AS DOUBLE) AS platform_roas
  FROM cm_1_cte
) subq_3
FULL OUTER JOIN (
  SELECT
    metric_time__day
    , platform_value
    , spend
  FROM cm_1_cte
) subq_4
ON
  subq_3.metric_time__day = subq_4.metric_time__day
FULL OUTER JOIN (
  SELECT
    metric_time__day
    , COALESCE(__claimed_purchases, 0) AS claimed_purchases
  FROM (
    SELECT
      metric_time__day
      , SUM(__claimed_purchases) AS __claimed_purchases
    FROM (
      SELECT
        DATE_TRUNC('day', date_day) AS metric_time__day
        , cast(claimed_purchases as decimal(18, 9)) AS __claimed_purchases
      FROM "warehouse"."marts"."fct_platform_purchases" platform_purchases_src_6
    ) subq_7
    GROUP BY
      metric_time__day
  ) subq_8
) subq_5
ON
  COALESCE(subq_3.metric_time__day, subq_4.metric_time__day) = subq_5.metric_time__day
GROUP BY
  COALESCE(subq_3.metric_time__day, subq_4.metric_time__day, subq_5.metric_time__day)
