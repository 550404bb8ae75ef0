SELECT
  subq_1.metric_time__day AS metric_time__day
  , MAX(subq_1.__data_age_hours) AS data_age_hours
FROM (
  SELECT
    DATE_TRUNC('day', date_day) AS date_day__day
    , DATE_TRUNC('day', date_day) AS metric_time__day
    , data_age_hours AS __data_age_hours
  FROM "warehouse"."marts"."fct_data_age" data_age_src_2
) subq_1
INNER JOIN (
  SELECT
    DATE_TRUNC('day', date_day) AS metric_time__day
    , MAX(DATE_TRUNC('day', date_day)) AS date_day__day__complete
  FROM "warehouse"."marts"."fct_data_age" data_age_src_2
  GROUP BY
    DATE_TRUNC('day', date_day)
) subq_3
ON
  subq_1.date_day__day = subq_3.date_day__day__complete
GROUP BY
  subq_1.metric_time__day
