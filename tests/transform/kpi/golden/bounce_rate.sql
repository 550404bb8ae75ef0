WITH cm_1_cte AS (
  SELECT
    metric_time__week
    , SUM(__bounced_sessions) AS bounced_sessions
    , SUM(__sessions) AS sessions
  FROM (
    SELECT
      DATE_TRUNC('week', date_day) AS metric_time__week
      , 1 AS __sessions
      , case when is_engaged then 0 else 1 end AS __bounced_sessions
    FROM "warehouse"."marts"."fct_sessions" sessions_src_2
  ) subq_3
  GROUP BY
    metric_time__week
)

SELECT
  COALESCE(subq_4.metric_time__week, subq_5.metric_time__week) AS metric_time__week
  , MAX(subq_4.bounce_rate) AS bounce_rate
  , MAX(subq_5.bounced_sessions) AS bounced_sessions
  , MAX(subq_5.sessions) AS sessions
FROM (
  SELECT
    metric_time__week
    , CAST(bounced_sessions AS DOUBLE) / CAST(NULLIF(sessions, 0) AS DOUBLE) AS bounce_rate
  FROM cm_1_cte
) subq_4
FULL OUTER JOIN (
  SELECT
    metric_time__week
    , bounced_sessions
    , sessions
  FROM cm_1_cte
) subq_5
ON
  subq_4.metric_time__week = subq_5.metric_time__week
GROUP BY
  COALESCE(subq_4.metric_time__week, subq_5.metric_time__week)
