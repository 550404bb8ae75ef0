-- The claims that a sale was found for, each with its part of the claimed value and what the CRM says of the same part.
with

matches as (
    select * from {{ ref('int_claim_matches') }}
),

claims as (
    select * from {{ ref('int_claims') }}
    where kind = 'click'
),

orders as (
    select * from {{ ref('fct_orders') }}
),

shares as (
    select
        matches.platform,
        matches.account_id,
        matches.campaign_id,
        claims.channel,
        matches.date_day,
        matches.order_id,
        matches.rule,
        matches.conversions,
        claims.currency_code,
        claims.value_amount,
        cast(claims.value_local as double) as value_local,
        matches.expected_local * matches.conversions as expected_local,
        sum(matches.expected_local * matches.conversions) over (
            partition by matches.platform, matches.account_id, matches.campaign_id, matches.date_day
        ) as found_local,
        claims.conversions - sum(matches.conversions) over (
            partition by matches.platform, matches.account_id, matches.campaign_id, matches.date_day
        ) as open_conversions
    from matches
    inner join claims
        on
            matches.platform = claims.platform
            and matches.account_id = claims.account_id
            and matches.campaign_id = claims.campaign_id
            and matches.date_day = claims.date_day
),

-- a claim without a sale keeps what is left of the value; where every claim has its sale, they share out all of it
fractions as (
    select
        *,
        coalesce(
            expected_local
            / nullif(case when open_conversions > 0 then greatest(found_local, value_local) else found_local end, 0),
            0
        ) as value_share
    from shares
),

final as (
    select
        fractions.platform,
        fractions.account_id,
        fractions.campaign_id,
        fractions.channel,
        fractions.date_day,
        fractions.order_id,
        fractions.rule,
        orders.date_day as sale_day,
        fractions.conversions,
        cast(round(cast(fractions.value_amount as double) * fractions.value_share, 6) as decimal(18, 6))
            as claimed_value_amount,
        cast(round(cast(orders.revenue_amount as double) * fractions.conversions, 6) as decimal(18, 6))
            as sale_value_amount,
        case
            when
                fractions.currency_code = orders.currency_code
                and abs(fractions.value_local * fractions.value_share - fractions.expected_local) >= 0.01
                then 'unexplained'
            -- no rate moves so far between a click and its sale
            when
                abs(fractions.value_local * fractions.value_share - fractions.expected_local)
                > 0.1 * fractions.expected_local
                then 'unexplained'
            else 'currency'
        end as value_cause
    from fractions
    inner join orders on fractions.order_id = orders.order_id
)

select * from final
