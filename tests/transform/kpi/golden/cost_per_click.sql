WITH cm_1_cte AS (
  SELECT
    DATE_TRUNC('day', date_day) AS metric_time__day
    , SUM(spend_amount) AS spend
    , SUM(clicks) AS clicks
  FROM "warehouse"."marts"."fct_ad_spend" ad_spend_src_2
  GROUP BY
    DATE_TRUNC('day', date_day)
)

SELECT
  COALESCE(subq_3.metric_time__day, subq_4.metric_time__day) AS metric_time__day
  , MAX(subq_3.cost_per_click) AS cost_per_click
  , MAX(subq_4.spend) AS spend
  , MAX(subq_4.clicks) AS clicks
FROM (
  SELECT
    metric_time__day
    , CAST(spend AS DOUBLE) / CAST(NULLIF(clicks, 0) AS DOUBLE) AS cost_per_click
  FROM cm_1_cte
) subq_3
FULL OUTER JOIN (
  SELECT
    metric_time__day
    , spend
    , clicks
  FROM cm_1_cte
) subq_4
ON
  subq_3.metric_time__day = subq_4.metric_time__day
GROUP BY
  COALESCE(subq_3.metric_time__day, subq_4.metric_time__day)
