-- The third round: what is left of an account's day, parts of a conversion too, goes to the sales that the platform
-- must have claimed by its own window.
with

by_value as (
    select * from {{ ref('int_claim_matches_by_value') }}
),

open_claims as (
    {{ open_claims('int_claim_matches_by_value') | indent(4) }}
),

open_sales as (
    {{ open_sales('int_claim_matches_by_value') | indent(4) }}
),

claims_in_a_row as (
    select
        *,
        sum(conversions) over (
            partition by platform, account_id, date_day order by campaign_id
            rows between unbounded preceding and current row
        ) as ends_at
    from open_claims
),

open_accounts as (
    select
        platform,
        account_id,
        date_day,
        sum(conversions) as conversions
    from open_claims
    group by platform, account_id, date_day
),

campaigns as (
    select * from {{ ref('int_campaigns') }}
),

-- of several accounts with something left, the one of the last click, or that with most
sales_in_one_account as (
    select open_sales.*
    from open_sales
    inner join open_accounts
        on
            open_sales.platform = open_accounts.platform
            and open_sales.account_id = open_accounts.account_id
            and open_sales.account_day = open_accounts.date_day
    left join campaigns
        on
            open_sales.platform = campaigns.platform
            and open_sales.account_id = campaigns.account_id
            and open_sales.campaign_id = campaigns.campaign_id
    where open_sales.is_within_window
    qualify
        row_number() over (
            partition by open_sales.platform, open_sales.order_id
            order by campaigns.campaign_id is not null desc, open_accounts.conversions desc, open_sales.account_id asc
        ) = 1
),

sales_in_a_row as (
    select
        *,
        sum(open_conversions) over (
            partition by platform, account_id, account_day order by touched_at desc, order_id asc
            rows between unbounded preceding and current row
        ) as ends_at
    from sales_in_one_account
),

shared_out as (
    select
        claims.platform,
        claims.account_id,
        claims.campaign_id,
        claims.date_day,
        sales.order_id,
        sales.expected_local,
        least(claims.ends_at, sales.ends_at)
        - greatest(claims.ends_at - claims.conversions, sales.ends_at - sales.open_conversions) as conversions
    from claims_in_a_row as claims
    inner join sales_in_a_row as sales
        on
            claims.platform = sales.platform
            and claims.account_id = sales.account_id
            and claims.date_day = sales.account_day
            and claims.ends_at > sales.ends_at - sales.open_conversions
            and sales.ends_at > claims.ends_at - claims.conversions
),

final as (
    select * from by_value
    union all
    select
        platform,
        account_id,
        campaign_id,
        date_day,
        order_id,
        'day' as rule,
        expected_local,
        cast(conversions as decimal(18, 9)) as conversions
    from shared_out
)

select * from final
