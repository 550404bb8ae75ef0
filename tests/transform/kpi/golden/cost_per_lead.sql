WITH cm_1_cte AS (
  SELECT
    DATE_TRUNC('week', date_day) AS metric_time__week
    , SUM(spend_amount) AS spend
  FROM "warehouse"."marts"."fct_ad_spend" ad_spend_src_2
  GROUP BY
    DATE_TRUNC('week', date_day)
)

, cm_3_cte AS (
  SELECT
    metric_time__week
    , COALESCE(__leads, 0) AS leads
  FROM (
    SELECT
      metric_time__week
      , SUM(__leads) AS __leads
    FROM (
      SELECT
        DATE_TRUNC('week', date_day) AS metric_time__week
        , 1 AS __leads
      FROM "warehouse"."marts"."fct_leads" leads_src_4
    ) subq_5
    GROUP BY
      metric_time__week
  ) subq_6
)

SELECT
  COALESCE(subq_7.metric_time__week, subq_8.metric_time__week, subq_9.metric_time__week) AS metric_time__week
  , MAX(subq_7.cost_per_lead) AS cost_per_lead
  , MAX(subq_8.spend) AS spend
  , COALESCE(MAX(subq_9.leads), 0) AS leads
FROM (
  SELECT
    metric_time__week
    , CAST(spend AS DOUBLE) / CAST(NULLIF(leads, 0) AS DOUBLE) AS cost_per_lead
  FROM (
    SELECT
      COALESCE(subq_10.metric_time__week, subq_11.metric_time__week) AS metric_time__week
      , MAX(subq_10.spend) AS spend
      , COALESCE(MAX(subq_11.leads), 0) AS leads
    FROM (
      SELECT
        metric_time__week
        , spend
      FROM cm_1_cte
    ) subq_10
    FULL OUTER JOIN (
      SELECT
        metric_time__week
        , leads
      FROM cm_3_cte
    ) subq_11
    ON
      subq_10.metric_time__week = subq_11.metric_time__week
    GROUP BY
      COALESCE(subq_10.metric_time__week, subq_11.metric_time__week)
  ) subq_12
) subq_7
FULL OUTER JOIN (
  SELECT
    metric_time__week
    , spend
  FROM cm_1_cte
) subq_8
ON
  subq_7.metric_time__week = subq_8.metric_time__week
FULL OUTER JOIN (
  SELECT
    metric_time__week
    , leads
  FROM cm_3_cte
) subq_9
ON
  COALESCE(subq_7.metric_time__week, subq_8.metric_time__week) = subq_9.metric_time__week
GROUP BY
  COALESCE(subq_7.metric_time__week, subq_8.metric_time__week, subq_9.metric_time__week)
