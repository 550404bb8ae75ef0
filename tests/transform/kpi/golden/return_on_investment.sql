WITH sma_10002_cte AS (
  SELECT
    DATE_TRUNC('month', date_day) AS metric_time__month
    , case when is_marketing then credited_conversions else 0 end AS __attributed_conversions
    , case when is_marketing then credited_gross_margin end AS __attributed_margin
  FROM "warehouse"."semantic"."sem_attributed_orders" attributed_orders_src_1
)

, cm_2_cte AS (
  SELECT
    DATE_TRUNC('month', date_day) AS metric_time__month
    , SUM(cost_amount) AS marketing_cost
  FROM "warehouse"."marts"."fct_marketing_cost" marketing_costs_src_3
  GROUP BY
    DATE_TRUNC('month', date_day)
)

, cm_4_cte AS (
  SELECT
    metric_time__month
    , case when attributed_conversions > 0 and attributed_margin is null then null when attributed_margin is null and marketing_cost is null then null else coalesce(attributed_margin, 0) - coalesce(marketing_cost, 0) end AS marketing_profit
  FROM (
    SELECT
      COALESCE(subq_5.metric_time__month, subq_6.metric_time__month) AS metric_time__month
      , MAX(subq_5.attributed_margin) AS attributed_margin
      , COALESCE(MAX(subq_5.attributed_conversions), 0) AS attributed_conversions
      , MAX(subq_6.marketing_cost) AS marketing_cost
    FROM (
      SELECT
        metric_time__month
        , __attributed_margin AS attributed_margin
        , COALESCE(__attributed_conversions, 0) AS attributed_conversions
      FROM (
        SELECT
          metric_time__month
          , SUM(__attributed_conversions) AS __attributed_conversions
          , SUM(__attributed_margin) AS __attributed_margin
        FROM sma_10002_cte
        GROUP BY
          metric_time__month
      ) subq_7
    ) subq_5
    FULL OUTER JOIN (
      SELECT
        metric_time__month
        , marketing_cost
      FROM cm_2_cte
    ) subq_6
    ON
      subq_5.metric_time__month = subq_6.metric_time__month
    GROUP BY
      COALESCE(subq_5.metric_time__month, subq_6.metric_time__month)
  ) subq_8
)

SELECT
  COALESCE(subq_9.metric_time__month, subq_10.metric_time__month, subq_11.metric_time__month, subq_12.metric_time__month) AS metric_time__month
  , MAX(subq_9.return_on_investment) AS return_on_investment
  , MAX(subq_10.marketing_profit) AS marketing_profit
  , MAX(subq_11.marketing_cost) AS marketing_cost
  , COALESCE(MAX(subq_12.attributed_conversions), 0) AS attributed_conversions
FROM (
  SELECT
    metric_time__month
    , CAST(marketing_profit AS DOUBLE) / CAST(NULLIF(marketing_cost, 0) AS DOUBLE) AS return_on_investment
  FROM (
    SELECT
      COALESCE(cm_4_cte.metric_time__month, cm_2_cte.metric_time__month) AS metric_time__month
      , MAX(cm_4_cte.marketing_profit) AS marketing_profit
      , MAX(cm_2_cte.marketing_cost) AS marketing_cost
    FROM cm_4_cte
    FULL OUTER JOIN
      cm_2_cte
    ON
      cm_4_cte.metric_time__month = cm_2_cte.metric_time__month
    GROUP BY
      COALESCE(cm_4_cte.metric_time__month, cm_2_cte.metric_time__month)
  ) subq_13
) subq_9
FULL OUTER JOIN (
  SELECT
    metric_time__month
    , marketing_profit
  FROM cm_4_cte
) subq_10
ON
  subq_9.metric_time__month = subq_10.metric_time__month
FULL OUTER JOIN (
  SELECT
    metric_time__month
    , marketing_cost
  FROM cm_2_cte
) subq_11
ON
  COALESCE(subq_9.metric_time__month, subq_10.metric_time__month) = subq_11.metric_time__month
FULL OUTER JOIN (
  SELECT
    metric_time__month
    , COALESCE(__attributed_conversions, 0) AS attributed_conversions
  FROM (
    SELECT
      metric_time__month
      , SUM(__attributed_conversions) AS __attributed_conversions
    FROM sma_10002_cte
    GROUP BY
      metric_time__month
  ) subq_14
) subq_12
ON
  COALESCE(subq_9.metric_time__month, subq_10.metric_time__month, subq_11.metric_time__month) = subq_12.metric_time__month
GROUP BY
  COALESCE(subq_9.metric_time__month, subq_10.metric_time__month, subq_11.metric_time__month, subq_12.metric_time__month)
