WITH cm_1_cte AS (
  SELECT
    DATE_TRUNC('week', date_day) AS metric_time__week
    , SUM(matched_spend_amount) AS matched_spend
  FROM "warehouse"."marts"."fct_spend_match" spend_match_src_2
  GROUP BY
    DATE_TRUNC('week', date_day)
)

, cm_3_cte AS (
  SELECT
    DATE_TRUNC('week', date_day) AS metric_time__week
    , SUM(spend_amount) AS spend
  FROM "warehouse"."marts"."fct_ad_spend" ad_spend_src_4
  GROUP BY
    DATE_TRUNC('week', date_day)
)

SELECT
  COALESCE(subq_5.metric_time__week, cm_1_cte.metric_time__week, cm_3_cte.metric_time__week) AS metric_time__week
  , MAX(CAST(subq_5.matched_spend AS DOUBLE) / CAST(NULLIF(subq_5.spend, 0) AS DOUBLE)) AS spend_match_rate
  , MAX(cm_1_cte.matched_spend) AS matched_spend
  , MAX(cm_3_cte.spend) AS spend
FROM (
  SELECT
    COALESCE(cm_1_cte.metric_time__week, cm_3_cte.metric_time__week) AS metric_time__week
    , MAX(cm_1_cte.matched_spend) AS matched_spend
    , MAX(cm_3_cte.spend) AS spend
  FROM cm_1_cte
  FULL OUTER JOIN
    cm_3_cte
  ON
    cm_1_cte.metric_time__week = cm_3_cte.metric_time__week
  GROUP BY
    COALESCE(cm_1_cte.metric_time__week, cm_3_cte.metric_time__week)
) subq_5
FULL OUTER JOIN
  cm_1_cte
ON
  subq_5.metric_time__week = cm_1_cte.metric_time__week
FULL OUTER JOIN
  cm_3_cte
ON
  COALESCE(subq_5.metric_time__week, cm_1_cte.metric_time__week) = cm_3_cte.metric_time__week
GROUP BY
  COALESCE(subq_5.metric_time__week, cm_1_cte.metric_time__week, cm_3_cte.metric_time__week)
