WITH sma_1_cte AS (
  SELECT
    DATE_TRUNC('month', date_day) AS metric_time__month
    , case when is_marketing then credited_conversions else 0 end AS __attributed_conversions
    , case when is_marketing then credited_gross_margin end AS __attributed_margin
  FROM "warehouse"."semantic"."sem_attributed_orders" attributed_orders_src_2
)

, cm_3_cte AS (
  SELECT
    DATE_TRUNC('month', date_day) AS metric_time__month
    , SUM(cost_amount) AS marketing_cost
  FROM "warehouse"."marts"."fct_marketing_cost" marketing_costs_src_4
  GROUP BY
    DATE_TRUNC('month', date_day)
)

, cm_5_cte AS (
  SELECT
    metric_time__month
    , case when attributed_conversions > 0 and attributed_margin is null then null when attributed_margin is null and marketing_cost is null then null else coalesce(attributed_margin, 0) - coalesce(marketing_cost, 0) end AS marketing_profit
  FROM (
    SELECT
      COALESCE(subq_6.metric_time__month, subq_7.metric_time__month) AS metric_time__month
      , MAX(subq_6.attributed_margin) AS attributed_margin
      , COALESCE(MAX(subq_6.attributed_conversions), 0) AS attributed_conversions
      , MAX(subq_7.marketing_cost) AS marketing_cost
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
        FROM sma_1_cte
        GROUP BY
          metric_time__month
      ) subq_8
    ) subq_6
    FULL OUTER JOIN (
      SELECT
        metric_time__month
        , marketing_cost
      FROM cm_3_cte
    ) subq_7
    ON
      subq_6.metric_time__month = subq_7.metric_time__month
    GROUP BY
      COALESCE(subq_6.metric_time__month, subq_7.metric_time__month)
  ) subq_9
)

SELECT
  COALESCE(subq_10.metric_time__month, subq_11.metric_time__month, subq_12.metric_time__month, subq_13.metric_time__month) AS metric_time__month
  , MAX(subq_10.return_on_investment) AS return_on_investment
  , MAX(subq_11.marketing_profit) AS marketing_profit
  , MAX(subq_12.marketing_cost) AS marketing_cost
  , COALESCE(MAX(subq_13.attributed_conversions), 0) AS attributed_conversions
FROM (
  SELECT
    metric_time__month
    , CAST(marketing_profit AS DOUBLE) / CAST(NULLIF(marketing_cost, 0) AS DOUBLE) AS return_on_investment
  FROM (
    SELECT
      COALESCE(cm_5_cte.metric_time__month, cm_3_cte.metric_time__month) AS metric_time__month
      , MAX(cm_5_cte.marketing_profit) AS marketing_profit
      , MAX(cm_3_cte.marketing_cost) AS marketing_cost
    FROM cm_5_cte
    FULL OUTER JOIN
      cm_3_cte
    ON
      cm_5_cte.metric_time__month = cm_3_cte.metric_time__month
    GROUP BY
      COALESCE(cm_5_cte.metric_time__month, cm_3_cte.metric_time__month)
  ) subq_14
) subq_10
FULL OUTER JOIN (
  SELECT
    metric_time__month
    , marketing_profit
  FROM cm_5_cte
) subq_11
ON
  subq_10.metric_time__month = subq_11.metric_time__month
FULL OUTER JOIN (
  SELECT
    metric_time__month
    , marketing_cost
  FROM cm_3_cte
) subq_12
ON
  COALESCE(subq_10.metric_time__month, subq_11.metric_time__month) = subq_12.metric_time__month
FULL OUTER JOIN (
  SELECT
    metric_time__month
    , COALESCE(__attributed_conversions, 0) AS attributed_conversions
  FROM (
    SELECT
      metric_time__month
      , SUM(__attributed_conversions) AS __attributed_conversions
    FROM sma_1_cte
    GROUP BY
      metric_time__month
  ) subq_15
) subq_13
ON
  COALESCE(subq_10.metric_time__month, subq_11.metric_time__month, subq_12.metric_time__month) = subq_13.metric_time__month
GROUP BY
  COALESCE(subq_10.metric_time__month, subq_11.metric_time__month, subq_12.metric_time__month, subq_13.metric_time__month)
