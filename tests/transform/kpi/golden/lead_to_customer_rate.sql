WITH cm_1_cte AS (
  SELECT
    metric_time__month
    , COALESCE(__mature_leads_won, 0) AS mature_leads_won
    , COALESCE(__mature_leads, 0) AS mature_leads
  FROM (
    SELECT
      metric_time__month
      , SUM(__mature_leads) AS __mature_leads
      , SUM(__mature_leads_won) AS __mature_leads_won
    FROM (
      SELECT
        DATE_TRUNC('month', date_day) AS metric_time__month
        , 1 AS __mature_leads
        , case when is_won then 1 else 0 end AS __mature_leads_won
      FROM "warehouse"."marts"."fct_lead_outcomes" lead_outcomes_src_2
    ) subq_3
    GROUP BY
      metric_time__month
  ) subq_4
)

SELECT
  COALESCE(subq_5.metric_time__month, subq_6.metric_time__month) AS metric_time__month
  , MAX(subq_5.lead_to_customer_rate) AS lead_to_customer_rate
  , COALESCE(MAX(subq_6.mature_leads_won), 0) AS mature_leads_won
  , COALESCE(MAX(subq_6.mature_leads), 0) AS mature_leads
FROM (
  SELECT
    metric_time__month
    , CAST(mature_leads_won AS DOUBLE) / CAST(NULLIF(mature_leads, 0) AS DOUBLE) AS lead_to_customer_rate
  FROM cm_1_cte
) subq_5
FULL OUTER JOIN (
  SELECT
    metric_time__month
    , mature_leads_won
    , mature_leads
  FROM cm_1_cte
) subq_6
ON
  subq_5.metric_time__month = subq_6.metric_time__month
GROUP BY
  COALESCE(subq_5.metric_time__month, subq_6.metric_time__month)
