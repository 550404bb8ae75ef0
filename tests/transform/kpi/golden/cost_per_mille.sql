WITH cm_1_cte AS (
  SELECT
    DATE_TRUNC('day', date_day) AS metric_time__day
    , SUM(spend_amount) AS spend
    , SUM(impressions) AS impressions
  FROM "warehouse"."marts"."fct_ad_spend" ad_spend_src_2
  GROUP BY
    DATE_TRUNC('day', date_day)
)

SELECT
  COALESCE(subq_3.metric_time__day, cm_1_cte.metric_time__day) AS metric_time__day
  , MAX(subq_3.cost_per_mille) AS cost_per_mille
  , MAX(cm_1_cte.spend) AS spend
  , MAX(cm_1_cte.impressions) AS impressions
FROM (
  SELECT
    metric_time__day
    , cast(spend as double precision) * 1000 / nullif(impressions, 0) AS cost_per_mille
  FROM (
    SELECT
      metric_time__day
      , spend
      , impressions
    FROM cm_1_cte
  ) subq_4
) subq_3
FULL OUTER JOIN
  cm_1_cte
ON
  subq_3.metric_time__day = cm_1_cte.metric_time__day
GROUP BY
  COALESCE(subq_3.metric_time__day, cm_1_cte.metric_time__day)
