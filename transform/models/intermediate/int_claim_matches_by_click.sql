-- The first round: a claim is for the sale whose last click on the platform, within its window, was on that campaign.
with

claims as (
    select * from {{ ref('int_claims') }}
    where kind = 'click' and conversions > 0
),

sales as (
    select * from {{ ref('int_sale_accounts') }}
    where is_within_window
),

expected as (
    select
        claims.platform,
        claims.account_id,
        claims.campaign_id,
        claims.date_day,
        sales.order_id,
        sales.expected_local,
        greatest(
            0,
            least(
                1,
                claims.conversions - row_number() over (
                    partition by claims.platform, claims.account_id, claims.campaign_id, claims.date_day
                    order by sales.touched_at desc, sales.order_id asc
                ) + 1
            )
        ) as conversions
    from claims
    inner join sales
        on
            claims.platform = sales.platform
            and claims.account_id = sales.account_id
            and claims.campaign_id = sales.campaign_id
            and claims.date_day = sales.account_day
),

final as (
    select
        platform,
        account_id,
        campaign_id,
        date_day,
        order_id,
        'click' as rule,
        expected_local,
        cast(conversions as decimal(18, 9)) as conversions
    from expected
    where conversions > 0
)

select * from final
