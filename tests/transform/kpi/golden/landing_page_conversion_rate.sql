WITH cm_1_cte AS (
  SELECT
    metric_time__week
    , SUM(__converting_landing_sessions) AS converting_landing_sessions
    , SUM(__landing_sessions) AS landing_sessions
  FROM (
    SELECT
      DATE_TRUNC('week', date_day) AS metric_time__week
      , case when landing_page is not null then 1 else 0 end AS __landing_sessions
      , case when landing_page is not null and is_converting then 1 else 0 end AS __converting_landing_sessions
    FROM "warehouse"."marts"."fct_sessions" sessions_src_2
  ) subq_3
  GROUP BY
    metric_time__week
)

SELECT
  COALESCE(subq_4.metric_time__week, subq_5.metric_time__week) AS metric_time__week
  , MAX(subq_4.landing_page_conversion_rate) AS landing_page_conversion_rate
  , MAX(subq_5.converting_landing_sessions) AS converting_landing_sessions
  , MAX(subq_5.landing_sessions) AS landing_sessions
FROM (
  SELECT
    metric_time__week
    , CAST(converting_landing_sessions AS DOUBLE) / CAST(NULLIF(landing_sessions, 0) AS DOUBLE) AS landing_page_conversion_rate
  FROM cm_1_cte
) subq_4
FULL OUTER JOIN (
  SELECT
    metric_time__week
    , converting_landing_sessions
    , landing_sessions
  FROM cm_1_cte
) subq_5
ON
  subq_4.metric_time__week = subq_5.metric_time__week
GROUP BY
  COALESCE(subq_4.metric_time__week, subq_5.metric_time__week)
