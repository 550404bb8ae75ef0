WITH cm_1_cte AS (
  SELECT
    metric_time__month
    , COALESCE(__won_deals, 0) AS won_deals
    , COALESCE(__closed_deals, 0) AS closed_deals
  FROM (
    SELECT
      metric_time__month
      , SUM(__closed_deals) AS __closed_deals
      , SUM(__won_deals) AS __won_deals
    FROM (
      SELECT
        DATE_TRUNC('month', date_day) AS metric_time__month
        , 1 AS __closed_deals
        , case when is_won then 1 else 0 end AS __won_deals
      FROM "warehouse"."marts"."fct_closed_deals" closed_deals_src_2
    ) subq_3
    GROUP BY
      metric_time__month
  ) subq_4
)

SELECT
  COALESCE(subq_5.metric_time__month, subq_6.metric_time__month) AS metric_time__month
  , MAX(subq_5.win_rate) AS win_rate
  , COALESCE(MAX(subq_6.won_deals), 0) AS won_deals
  , COALESCE(MAX(subq_6.closed_deals), 0) AS closed_deals
FROM (
  SELECT
    metric_time__month
    , CAST(won_deals AS DOUBLE) / CAST(NULLIF(closed_deals, 0) AS DOUBLE) AS win_rate
  FROM cm_1_cte
) subq_5
FULL OUTER JOIN (
  SELECT
    metric_time__month
    , won_deals
    , closed_deals
  FROM cm_1_cte
) subq_6
ON
  subq_5.metric_time__month = subq_6.metric_time__month
GROUP BY
  COALESCE(subq_5.metric_time__month, subq_6.metric_time__month)
