WITH cm_1_cte AS (
  SELECT
    metric_time__week
    , SUM(__engagement_seconds) AS engagement_seconds
    , SUM(__sessions) AS sessions
  FROM (
    SELECT
      DATE_TRUNC('week', date_day) AS metric_time__week
      , 1 AS __sessions
      , cast(engagement_seconds as decimal(18, 3)) AS __engagement_seconds
    FROM "warehouse"."marts"."fct_sessions" sessions_src_2
  ) subq_3
  GROUP BY
    metric_time__week
)

SELECT
  COALESCE(subq_4.metric_time__week, subq_5.metric_time__week) AS metric_time__week
  , MAX(subq_4.average_engagement_seconds) AS average_engagement_seconds
  , MAX(subq_5.engagement_seconds) AS engagement_seconds
  , MAX(subq_5.sessions) AS sessions
FROM (
  SELECT
    metric_time__week
    , CAST(engagement_seconds AS DOUBLE) / CAST(NULLIF(sessions, 0) AS DOUBLE) AS average_engagement_seconds
  FROM cm_1_cte
) subq_4
FULL OUTER JOIN (
  SELECT
    metric_time__week
    , engagement_seconds
    , sessions
  FROM cm_1_cte
) subq_5
ON
  subq_4.metric_time__week = subq_5.metric_time__week
GROUP BY
  COALESCE(subq_4.metric_time__week, subq_5.metric_time__week)
