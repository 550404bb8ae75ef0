-- Read it at one day: what is open today was mostly open yesterday too.
with

open_deals as (
    select * from {{ ref('int_open_deals') }}
),

win_rates as (
    select * from {{ ref('int_stage_win_rates') }}
),

-- A row without a rate is in money_quarantine, and nowhere else.
rates as (
    select * from {{ ref('int_fx_conversions') }}
    where fx_rate is not null
),

identifiers as (
    select * from {{ ref('int_person_identifiers') }}
    where identifier_type = 'contact_id'
),

persons as (
    select * from {{ ref('dim_person') }}
),

valued as (
    select
        open_deals.*,
        coalesce(persons.first_channel, '(unattributed)') as channel,
        case
            when open_deals.open_local is null then cast(0 as decimal(18, 6))
            else {{ convert('open_deals.open_local', 'rates.fx_rate') }}
        end as open_amount
    from open_deals
    left join identifiers on open_deals.contact_id = identifiers.identifier_value
    left join persons on identifiers.person_id = persons.person_id
    left join rates
        on open_deals.date_day = rates.date_day and open_deals.currency_code = rates.currency_code
    where open_deals.open_local is null or rates.fx_rate is not null
),

grouped as (
    select
        date_day,
        source_system,
        pipeline_id,
        stage_id,
        channel,
        max(stage_label) as stage_label,
        max(display_order) as display_order,
        max(portal_win_rate) as portal_win_rate,
        count(*) as open_deals,
        count(*) - count(open_local) as deals_without_amount,
        cast(sum(open_amount) as decimal(18, 6)) as open_amount
    from valued
    group by date_day, source_system, pipeline_id, stage_id, channel
),

final as (
    select
        {{ surrogate_key([
            'grouped.date_day', 'grouped.source_system', 'grouped.pipeline_id', 'grouped.stage_id', 'grouped.channel'
        ]) }} as pipeline_key,
        grouped.date_day,
        grouped.source_system,
        grouped.pipeline_id,
        grouped.stage_id,
        grouped.stage_label,
        grouped.display_order,
        grouped.channel,
        grouped.open_deals,
        grouped.deals_without_amount,
        grouped.open_amount,
        coalesce(of_stage.win_rate, grouped.portal_win_rate, of_all.win_rate) as win_rate,
        case
            when of_stage.win_rate is not null then 'history'
            when grouped.portal_win_rate is not null then 'portal'
            when of_all.win_rate is not null then 'all_deals'
        end as win_rate_basis,
        case
            when of_stage.win_rate is not null then of_stage.closed_deals
            when grouped.portal_win_rate is null then of_all.closed_deals
        end as win_rate_sample,
        cast(round(
            cast(grouped.open_amount as double)
            * coalesce(of_stage.win_rate, grouped.portal_win_rate, of_all.win_rate), 6
        ) as decimal(18, 6)) as weighted_amount
    from grouped
    left join win_rates as of_stage
        on
            grouped.date_day = of_stage.date_day
            and grouped.source_system = of_stage.source_system
            and grouped.pipeline_id = of_stage.pipeline_id
            and grouped.stage_id = of_stage.stage_id
    left join win_rates as of_all
        on
            grouped.date_day = of_all.date_day
            and grouped.source_system = of_all.source_system
            and of_all.stage_id is null
)

select * from final
