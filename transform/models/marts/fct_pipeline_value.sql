-- One row a channel and day, also where nothing is open, so that the last day of a period is that of every channel.
with

pipeline as (
    select * from {{ ref('fct_pipeline') }}
),

days as (
    select * from {{ ref('dim_date') }}
),

channels as (
    select
        channel,
        min(date_day) as first_day
    from pipeline
    group by channel
),

final as (
    select
        days.date_day,
        channels.channel,
        cast(coalesce(sum(pipeline.open_deals), 0) as bigint) as open_deals,
        cast(coalesce(sum(pipeline.open_amount), 0) as decimal(18, 6)) as open_amount,
        -- without any probability the worth is unknown, not nothing
        case
            when count(pipeline.open_deals) > 0 and count(pipeline.weighted_amount) = 0 then null
            else cast(coalesce(sum(pipeline.weighted_amount), 0) as decimal(18, 6))
        end as weighted_amount
    from channels
    inner join days on channels.first_day <= days.date_day
    left join pipeline on days.date_day = pipeline.date_day and channels.channel = pipeline.channel
    group by days.date_day, channels.channel
)

select * from final
