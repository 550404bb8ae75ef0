SELECT
  subq_1.metric_time__month AS metric_time__month
  , SUM(subq_1.__pipeline_value) AS pipeline_value
  , SUM(subq_1.__open_deals) AS open_deals
FROM (
  SELECT
    DATE_TRUNC('day', date_day) AS date_day__day
    , DATE_TRUNC('month', date_day) AS metric_time__month
    , open_deals AS __open_deals
    , weighted_amount AS __pipeline_value
  FROM "warehouse"."marts"."fct_pipeline_value" pipeline_value_src_2
) subq_1
INNER JOIN (
  SELECT
    DATE_TRUNC('month', date_day) AS metric_time__month
    , MAX(DATE_TRUNC('day', date_day)) AS date_day__day__complete
  FROM "warehouse"."marts"."fct_pipeline_value" pipeline_value_src_2
  GROUP BY
    DATE_TRUNC('month', date_day)
) subq_3
ON
  subq_1.date_day__day = subq_3.date_day__day__complete
GROUP BY
  subq_1.metric_time__month
