SELECT
  DATE_TRUNC('month', date_day) AS metric_time__month
  , MAX(payback_months) AS cac_payback_months
  , SUM(customers) AS customers_for_payback
FROM "warehouse"."marts"."fct_cac_payback" cac_payback_src_1
GROUP BY
  DATE_TRUNC('month', date_day)
