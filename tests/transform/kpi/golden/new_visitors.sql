SELECT
  metric_time__week
  , COUNT(DISTINCT __new_visitors) AS new_visitors
FROM (
  SELECT
    DATE_TRUNC('week', date_day) AS metric_time__week
    , case when is_new_visitor then person_id end AS __new_visitors
  FROM "warehouse"."marts"."fct_sessions" sessions_src_1
) subq_2
GROUP BY
  metric_time__week
