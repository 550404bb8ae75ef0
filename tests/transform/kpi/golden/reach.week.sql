SELECT
  metric_time__week
  , MAX(reach) AS reach
FROM (
  SELECT
    DATE_TRUNC('week', date_day) AS metric_time__week
    , period_grain AS reach_key__period_grain
    , reach
  FROM "warehouse"."marts"."fct_reach" reach_src_1
) subq_2
WHERE reach_key__period_grain = 'week'
GROUP BY
  metric_time__week
