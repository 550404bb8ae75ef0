WITH cm_1_cte AS (
  SELECT
    DATE_TRUNC('week', date_day) AS metric_time__week
    , SUM(consented_events) AS consented_events
    , SUM(events) AS events
  FROM "warehouse"."marts"."consent_daily" consent_src_2
  GROUP BY
    DATE_TRUNC('week', date_day)
)

SELECT
  COALESCE(subq_3.metric_time__week, subq_4.metric_time__week) AS metric_time__week
  , MAX(subq_3.tracked_consent_rate) AS tracked_consent_rate
  , MAX(subq_4.consented_events) AS consented_events
  , MAX(subq_4.events) AS events
FROM (
  SELECT
    metric_time__week
    , CAST(consented_events AS DOUBLE) / CAST(NULLIF(events, 0) AS DOUBLE) AS tracked_consent_rate
  FROM cm_1_cte
) subq_3
FULL OUTER JOIN (
  SELECT
    metric_time__week
    , consented_events
    , events
  FROM cm_1_cte
) subq_4
ON
  subq_3.metric_time__week = subq_4.metric_time__week
GROUP BY
  COALESCE(subq_3.metric_time__week, subq_4.metric_time__week)
