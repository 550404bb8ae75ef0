WITH cm_1_cte AS (
  SELECT
    DATE_TRUNC('day', date_day) AS metric_time__day
    , SUM(clicks) AS clicks
    , SUM(impressions) AS impressions
  FROM "warehouse"."marts"."fct_ad_spend" ad_spend_src_2
  GROUP BY
    DATE_TRUNC('day', date_day)
)

SELECT
  COALESCE(subq_3.metric_time__day, subq_4.metric_time__day) AS metric_time__day
  , MAX(subq_3.click_through_rate) AS click_through_rate
  , MAX(subq_4.clicks) AS clicks
  , MAX(subq_4.impressions) AS impressions
FROM (
  SELECT
    metric_time__day
    , CAST(clicks AS DOUBLE) / CAST(NULLIF(impressions, 0) AS DOUBLE) AS click_through_rate
  FROM cm_1_cte
) subq_3
FULL OUTER JOIN (
  SELECT
    metric_time__day
    , clicks
    , impressions
  FROM cm_1_cte
) subq_4
ON
  subq_3.metric_time__day = subq_4.metric_time__day
GROUP BY
  COALESCE(subq_3.metric_time__day, subq_4.metric_time__day)
