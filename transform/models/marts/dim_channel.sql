with

known as (
    select * from {{ ref('default_channels') }}
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
        channel,
        is_paid,
        sort_order
    from known
    union all
    select
        channel,
        is_paid,
        cast(100 + row_number() over (order by channel) as bigint) as sort_order
    from added
)

select * from final
