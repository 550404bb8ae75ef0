-- The stages that each deal went through, by the CRM's history, oldest first. A deal without one has been in its
-- present stage since it was made; what an already closed one was in before is not known.
with

deals as (
    select * from {{ ref('int_deals') }}
),

hubspot_deals as (
    select * from {{ ref('stg_hubspot__deals') }}
),

history as (
    select * from {{ ref('stg_hubspot__deal_stages') }}
),

file_deals as (
    select * from {{ ref('stg_file_drop__crm_deals') }}
),

portal_stages as (
    select * from {{ ref('stg_hubspot__pipeline_stages') }}
),

present as (
    select
        deal_id,
        pipeline_id,
        stage_id
    from hubspot_deals
    union all
    select
        deal_id,
        'file_drop' as pipeline_id,
        coalesce(nullif(trim(stage_id), ''), '(none)') as stage_id
    from file_deals
),

entries as (
    select
        deals.deal_id,
        present.pipeline_id,
        coalesce(history.stage_id, case when deals.is_closed then '(unknown)' else present.stage_id end) as stage_id,
        coalesce(history.entered_at, deals.created_at) as entered_at,
        deals.is_closed,
        deals.is_won,
        deals.closed_at,
        deals.contact_id,
        deals.currency_code,
        deals.amount_local,
        deals.source_system
    from deals
    inner join present on deals.deal_id = present.deal_id
    left join history on deals.deal_id = history.deal_id
),

ordered as (
    select
        *,
        lead(entered_at) over (partition by deal_id order by entered_at, stage_id) as next_at,
        row_number() over (partition by deal_id order by entered_at, stage_id) as entry_number
    from entries
),

final as (
    select
        ordered.deal_id,
        ordered.entry_number,
        ordered.pipeline_id,
        ordered.stage_id,
        coalesce(portal_stages.stage_label, ordered.stage_id) as stage_label,
        portal_stages.display_order,
        portal_stages.win_rate as portal_win_rate,
        coalesce(portal_stages.is_closed, false) as is_closed_stage,
        ordered.entered_at,
        -- the last stage of a deal that is closed ends with it
        case
            when ordered.next_at is not null then ordered.next_at
            when ordered.is_closed then greatest(ordered.closed_at, ordered.entered_at)
        end as left_at,
        {{ business_day('ordered.entered_at') }} as date_day,
        ordered.is_closed,
        ordered.is_won,
        {{ business_day('ordered.closed_at') }} as closed_day,
        ordered.contact_id,
        ordered.currency_code,
        ordered.amount_local,
        ordered.source_system
    from ordered
    left join portal_stages
        on ordered.pipeline_id = portal_stages.pipeline_id and ordered.stage_id = portal_stages.stage_id
    where {{ business_day('ordered.entered_at') }} <= {{ as_of_date() }}
)

select * from final
