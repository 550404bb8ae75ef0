WITH cm_1_cte AS (
  SELECT
    DATE_TRUNC('week', date_day) AS metric_time__week
    , SUM(interactions) AS social_interactions
    , SUM(audience) AS social_audience
  FROM "warehouse"."marts"."fct_social_posts" social_posts_src_2
  GROUP BY
    DATE_TRUNC('week', date_day)
)

SELECT
  COALESCE(subq_3.metric_time__week, subq_4.metric_time__week) AS metric_time__week
  , MAX(subq_3.social_engagement_rate) AS social_engagement_rate
  , MAX(subq_4.social_interactions) AS social_interactions
  , MAX(subq_4.social_audience) AS social_audience
FROM (
  SELECT
    metric_time__week
    , CAST(social_interactions AS DOUBLE) / CAST(NULLIF(social_audience, 0) AS DOUBLE) AS social_engagement_rate
  FROM cm_1_cte
) subq_3
FULL OUTER JOIN (
  SELECT
    metric_time__week
    , social_interactions
    , social_audience
  FROM cm_1_cte
) subq_4
ON
  subq_3.metric_time__week = subq_4.metric_time__week
GROUP BY
  COALESCE(subq_3.metric_time__week, subq_4.metric_time__week)
