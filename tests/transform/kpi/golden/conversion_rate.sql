WITH cm_1_cte AS (
  SELECT
    metric_time__week
    , SUM(__converting_sessions) AS converting_sessions
    , SUM(__sessions) AS sessions
  FROM (
    SELECT
      DATE_TRUNC('week', date_day) AS metric_time__week
      , 1 AS __sessions
      , case when is_converting then 1 else 0 end AS __converting_sessions
    FROM "warehouse"."marts"."fct_sessions" sessions_src_2
  ) subq_3
  GROUP BY
    metric_time__week
)

SELECT
  COALESCE(subq_4.metric_time__week, subq_5.metric_time__week) AS metric_time__week
  , MAX(subq_4.conversion_rate) AS conversion_rate
  , MAX(subq_5.converting_sessions) AS converting_sessions
  , MAX(subq_5.sessions) AS sessions
FROM (
  SELECT
    metric_time__week
    , CAST(converting_sessions AS DOUBLE) / CAST(NULLIF(sessions, 0) AS DOUBLE) AS conversion_rate
  FROM cm_1_cte
) subq_4
FULL OUTER JOIN (
  SELECT
    metric_time__week
    , converting_sessions
    , sessions
  FROM cm_1_cte
) subq_5
ON
  subq_4.metric_time__week = subq_5.metric_time__week
GROUP BY
  COALESCE(subq_4.metric_time__week, subq_5.metric_time__week)
