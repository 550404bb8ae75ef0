SELECT
  metric_time__month
  , __sales_cycle_days AS sales_cycle_days
  , COALESCE(__sales_cycles, 0) AS sales_cycles
FROM (
  SELECT
    metric_time__month
    , SUM(__sales_cycles) AS __sales_cycles
    , PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY (__sales_cycle_days)) AS __sales_cycle_days
  FROM (
    SELECT
      DATE_TRUNC('month', date_day) AS metric_time__month
      , 1 AS __sales_cycles
      , cycle_days AS __sales_cycle_days
    FROM "warehouse"."marts"."fct_sales_cycles" sales_cycles_src_1
  ) subq_2
  GROUP BY
    metric_time__month
) subq_3
