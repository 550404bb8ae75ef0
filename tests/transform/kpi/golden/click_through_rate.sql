WITH cm_5_cte AS (
  SELECT
    DATE_TRUNC('week', date_day) AS metric_time__week
    , SUM(clicks) AS clicks
    , SUM(impressions) AS impressions
  FROM "warehouse"."marts"."fct_ad_spend" ad_spend_src_10000
  GROUP BY
    DATE_TRUNC('week', date_day)
)

SELECT
  COALESCE(subq_6.metric_time__week, subq_7.metric_time__week) AS metric_time__week
  , MAX(subq_6.click_through_rate) AS click_through_rate
  , MAX(subq_7.clicks) AS clicks
  , MAX(subq_7.impressions) AS impressions
FROM (
  SELECT
    metric_time__week
    , CAST(clicks AS DOUBLE) / CAST(NULLIF(impressions, 0) AS DOUBLE) AS click_through_rate
  FROM cm_5_cte
) subq_6
FULL OUTER JOIN (
  SELECT
    metric_time__week
    , clicks
    , impressions
  FROM cm_5_cte
) subq_7
ON
  subq_6.metric_time__week = subq_7.metric_time__week
GROUP BY
  COALESCE(subq_6.metric_time__week, subq_7.metric_time__week)
