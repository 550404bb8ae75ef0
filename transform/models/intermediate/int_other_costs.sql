-- Lines of the cost files without clicks or impressions: fees, salaries, fairs.
with

costs as (
    select * from {{ ref('stg_file_drop__costs') }}
),

channels as (
    select * from {{ ref('int_channels') }}
),

final as (
    select
        costs.file_name,
        costs.line_number,
        costs.date_day,
        coalesce(channels.channel, costs.channel) as channel,
        costs.campaign_name,
        costs.currency_code,
        costs.cost_local
    from costs
    left join channels on lower(costs.channel) = lower(channels.channel)
    where
        costs.clicks is null
        and costs.impressions is null
        and costs.date_day <= {{ as_of_date() }}
)

select * from final
