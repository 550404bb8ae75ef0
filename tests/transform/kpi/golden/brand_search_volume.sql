SELECT
  DATE_TRUNC('week', date_day) AS metric_time__week
  , SUM(impressions) AS brand_search_volume
FROM "warehouse"."marts"."fct_brand_searches" brand_searches_src_1
GROUP BY
  DATE_TRUNC('week', date_day)
