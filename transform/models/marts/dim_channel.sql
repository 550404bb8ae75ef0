with

known as (
    select * from {{ ref('int_channels') }}
),

bought as (
    select
        channel,
        true as is_paid
    from {{ ref('int_ad_delivery') }}
    union
    select
        channel,
        false as is_paid
    from {{ ref('int_other_costs') }}
    union
    select
        channel,
        false as is_paid
    from {{ ref('int_budgets') }}
),

bought_clicks as (
    select distinct channel
    from bought
    where is_paid
),

added as (
    select
        bought.channel,
        bool_or(bought.is_paid) as is_paid
    from bought
    left join known on bought.channel = known.channel
    where known.channel is null
    group by bought.channel
),

final as (
    select
        known.channel,
        -- what was paid for its clicks is paid, whatever GA4 thinks of the channel: else spend would have no return
        known.is_paid or bought_clicks.channel is not null as is_paid,
        known.sort_order
    from known
    left join bought_clicks on known.channel = bought_clicks.channel
    union all
    select
        channel,
        is_paid,
        cast(100 + row_number() over (order by channel) as bigint) as sort_order
    from added
)

select * from final
