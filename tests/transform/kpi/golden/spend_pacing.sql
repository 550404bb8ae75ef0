WITH cm_1_cte AS (
  SELECT
    subq_2.metric_time__day AS metric_time__day
    , SUM(subq_2.__spend_month_to_date) AS spend_month_to_date
    , SUM(subq_2.__planned_spend_month_to_date) AS planned_spend_month_to_date
  FROM (
    SELECT
      DATE_TRUNC('day', date_day) AS date_day__day
      , DATE_TRUNC('day', date_day) AS metric_time__day
      , spend_to_date_amount AS __spend_month_to_date
      , planned_to_date_amount AS __planned_spend_month_to_date
    FROM "warehouse"."marts"."fct_spend_pacing" spend_pacing_src_3
  ) subq_2
  INNER JOIN (
    SELECT
      DATE_TRUNC('day', date_day) AS metric_time__day
      , MAX(DATE_TRUNC('day', date_day)) AS date_day__day__complete
    FROM "warehouse"."marts"."fct_spend_pacing" spend_pacing_src_3
    GROUP BY
      DATE_TRUNC('day', date_day)
  ) subq_4
  ON
    subq_2.date_day__day = subq_4.date_day__day__complete
  GROUP BY
    subq_2.metric_time__day
)

SELECT
  COALESCE(subq_5.metric_time__day, subq_6.metric_time__day) AS metric_time__day
  , MAX(subq_5.spend_pacing) AS spend_pacing
  , MAX(subq_6.spend_month_to_date) AS spend_month_to_date
  , MAX(subq_6.planned_spend_month_to_date) AS planned_spend_month_to_date
FROM (
  SELECT
    metric_time__day
    , CAST(spend_month_to_date AS DOUBLE) / CAST(NULLIF(planned_spend_month_to_date, 0) AS DOUBLE) AS spend_pacing
  FROM cm_1_cte
) subq_5
FULL OUTER JOIN (
  SELECT
    metric_time__day
    , spend_month_to_date
    , planned_spend_month_to_date
  FROM cm_1_cte
) subq_6
ON
  subq_5.metric_time__day = subq_6.metric_time__day
GROUP BY
  COALESCE(subq_5.metric_time__day, subq_6.metric_time__day)
