{#- Of fewer closed deals, a share is noise: then the CRM's own probability of the stage counts. -#}
{% set minimum_deals = 30 %}

-- Of the deals that had ever been in a stage and were closed by a day, the share that was won: what was known on that
-- day, and nothing later. The stage NULL is all deals of the CRM.
with

stages as (
    select * from {{ ref('int_deal_stages') }}
    where is_closed and closed_day <= {{ as_of_date() }}
),

open_days as (
    select distinct date_day from {{ ref('int_open_deals') }}
),

closings as (
    select distinct
        deal_id,
        source_system,
        pipeline_id,
        stage_id,
        closed_day,
        is_won
    from stages
    where not is_closed_stage
    union all
    select distinct
        deal_id,
        source_system,
        cast(null as string) as pipeline_id,
        cast(null as string) as stage_id,
        closed_day,
        is_won
    from stages
),

daily as (
    select
        source_system,
        pipeline_id,
        stage_id,
        closed_day,
        count(*) as closed_deals,
        count(case when is_won then 1 end) as won_deals
    from closings
    group by source_system, pipeline_id, stage_id, closed_day
),

final as (
    select
        open_days.date_day,
        daily.source_system,
        daily.pipeline_id,
        daily.stage_id,
        cast(sum(daily.closed_deals) as bigint) as closed_deals,
        {{ ratio('sum(daily.won_deals)', 'sum(daily.closed_deals)') }} as win_rate
    from open_days
    inner join daily on open_days.date_day >= daily.closed_day
    group by open_days.date_day, daily.source_system, daily.pipeline_id, daily.stage_id
    having sum(daily.closed_deals) >= {{ minimum_deals }}
)

select * from final
