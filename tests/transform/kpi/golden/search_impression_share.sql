WITH cm_1_cte AS (
  SELECT
    DATE_TRUNC('week', date_day) AS metric_time__week
    , SUM(impressions) AS search_impressions
    , SUM(eligible_impressions) AS eligible_search_impressions
  FROM "warehouse"."marts"."fct_search_impressions" search_impressions_src_2
  GROUP BY
    DATE_TRUNC('week', date_day)
)

SELECT
  COALESCE(subq_3.metric_time__week, subq_4.metric_time__week) AS metric_time__week
  , MAX(subq_3.search_impression_share) AS search_impression_share
  , MAX(subq_4.search_impressions) AS search_impressions
  , MAX(subq_4.eligible_search_impressions) AS eligible_search_impressions
FROM (
  SELECT
    metric_time__week
    , CAST(search_impressions AS DOUBLE) / CAST(NULLIF(eligible_search_impressions, 0) AS DOUBLE) AS search_impression_share
  FROM cm_1_cte
) subq_3
FULL OUTER JOIN (
  SELECT
    metric_time__week
    , search_impressions
    , eligible_search_impressions
  FROM cm_1_cte
) subq_4
ON
  subq_3.metric_time__week = subq_4.metric_time__week
GROUP BY
  COALESCE(subq_3.metric_time__week, subq_4.metric_time__week)
