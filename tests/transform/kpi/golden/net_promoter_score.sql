WITH cm_1_cte AS (
  SELECT
    metric_time__month
    , SUM(__net_promoters) AS net_promoters
    , SUM(__survey_responses) AS survey_responses
  FROM (
    SELECT
      DATE_TRUNC('month', date_day) AS metric_time__month
      , 1 AS __survey_responses
      , case when is_promoter then 1 when is_detractor then -1 else 0 end AS __net_promoters
    FROM "warehouse"."marts"."fct_survey_responses" survey_responses_src_2
  ) subq_3
  GROUP BY
    metric_time__month
)

SELECT
  COALESCE(subq_4.metric_time__month, subq_5.metric_time__month) AS metric_time__month
  , MAX(subq_4.net_promoter_score) AS net_promoter_score
  , MAX(subq_5.net_promoters) AS net_promoters
  , MAX(subq_5.survey_responses) AS survey_responses
FROM (
  SELECT
    metric_time__month
    , CAST(net_promoters AS DOUBLE) / CAST(NULLIF(survey_responses, 0) AS DOUBLE) AS net_promoter_score
  FROM cm_1_cte
) subq_4
FULL OUTER JOIN (
  SELECT
    metric_time__month
    , net_promoters
    , survey_responses
  FROM cm_1_cte
) subq_5
ON
  subq_4.metric_time__month = subq_5.metric_time__month
GROUP BY
  COALESCE(subq_4.metric_time__month, subq_5.metric_time__month)
