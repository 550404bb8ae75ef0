-- Every sale that a platform claims or a paid channel is credited with: what is claimed of it, what of that is left
-- once a sale counts once (`kept`), what is credited, and why the last two differ.
with

claim_sales as (
    select * from {{ ref('int_claim_sales') }}
),

credits as (
    select * from {{ ref('int_paid_credits') }}
    where model = '{{ var("attribution_model") }}'
),

sale_platforms as (
    select * from {{ ref('int_sale_platforms') }}
),

orders as (
    select * from {{ ref('fct_orders') }}
),

parts as (
    select
        order_id,
        platform,
        channel,
        conversions as claimed,
        sale_value_amount as claimed_amount,
        cast(0 as decimal(18, 9)) as credited,
        cast(0 as decimal(18, 6)) as credited_amount
    from claim_sales
    union all
    select
        order_id,
        platform,
        channel,
        cast(0 as decimal(18, 9)) as claimed,
        cast(0 as decimal(18, 6)) as claimed_amount,
        credited_conversions as credited,
        credited_value_amount as credited_amount
    from credits
),

by_platform as (
    select
        parts.order_id,
        parts.platform,
        sum(parts.claimed) as claimed,
        sum(parts.credited) as credited,
        max(sale_platforms.touched_at) as touched_at
    from parts
    left join sale_platforms on parts.order_id = sale_platforms.order_id and parts.platform = sale_platforms.platform
    group by parts.order_id, parts.platform
),

-- the claim that counts is that of the platform with the most credit, then with the newest click
in_turn as (
    select
        *,
        sum(claimed) over (
            partition by order_id order by credited desc, touched_at desc nulls last, platform asc
            rows between unbounded preceding and current row
        ) as claimed_so_far
    from by_platform
),

platforms as (
    select
        order_id,
        platform,
        claimed,
        credited,
        least(1, claimed_so_far) - least(1, claimed_so_far - claimed) as kept
    from in_turn
),

by_channel as (
    select
        order_id,
        platform,
        channel,
        sum(claimed) as claimed,
        sum(claimed_amount) as claimed_amount,
        sum(credited) as credited,
        sum(credited_amount) as credited_amount
    from parts
    group by order_id, platform, channel
),

reasons as (
    select
        platforms.*,
        case
            when platforms.claimed = 0 and sale_platforms.order_id is null then 'not_reported'
            when platforms.claimed = 0 and not sale_platforms.is_within_window then 'attribution_window'
            when platforms.claimed = 0 then 'unexplained'
            when platforms.credited > 0 or sale_platforms.is_on_path then 'shared_credit'
            when not sale_platforms.has_visit then 'no_consent'
            when sale_platforms.has_platform_visit then 'attribution_window'
            else 'no_click_id'
        end as cause
    from platforms
    left join sale_platforms
        on platforms.order_id = sale_platforms.order_id and platforms.platform = sale_platforms.platform
),

final as (
    select
        by_channel.order_id,
        orders.date_day,
        by_channel.platform,
        by_channel.channel,
        reasons.cause,
        cast(by_channel.claimed as decimal(18, 9)) as claimed,
        cast(coalesce(by_channel.claimed * reasons.kept / nullif(reasons.claimed, 0), 0) as decimal(18, 9)) as kept,
        cast(by_channel.credited as decimal(18, 9)) as credited,
        cast(by_channel.claimed_amount as decimal(18, 6)) as claimed_amount,
        cast(
            coalesce(by_channel.claimed_amount * reasons.kept / nullif(reasons.claimed, 0), 0) as decimal(18, 6)
        ) as kept_amount,
        cast(by_channel.credited_amount as decimal(18, 6)) as credited_amount
    from by_channel
    inner join reasons on by_channel.order_id = reasons.order_id and by_channel.platform = reasons.platform
    inner join orders on by_channel.order_id = orders.order_id
)

select * from final
