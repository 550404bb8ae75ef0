WITH cm_1_cte AS (
  SELECT
    metric_time__week
    , SUM(__page_views) AS page_views
    , SUM(__sessions) AS sessions
  FROM (
    SELECT
      DATE_TRUNC('week', date_day) AS metric_time__week
      , 1 AS __sessions
      , page_views AS __page_views
    FROM "warehouse"."marts"."fct_sessions" sessions_src_2
  ) subq_3
  GROUP BY
    metric_time__week
)

SELECT
  COALESCE(subq_4.metric_time__week, subq_5.metric_time__week) AS metric_time__week
  , MAX(subq_4.pages_per_session) AS pages_per_session
  , MAX(subq_5.page_views) AS page_views
  , MAX(subq_5.sessions) AS sessions
FROM (
  SELECT
    metric_time__week
    , CAST(page_views AS DOUBLE) / CAST(NULLIF(sessions, 0) AS DOUBLE) AS pages_per_session
  FROM cm_1_cte
) subq_4
FULL OUTER JOIN (
  SELECT
    metric_time__week
    , page_views
    , sessions
  FROM cm_1_cte
) subq_5
ON
  subq_4.metric_time__week = subq_5.metric_time__week
GROUP BY
  COALESCE(subq_4.metric_time__week, subq_5.metric_time__week)
