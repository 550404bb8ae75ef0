{#- What a round of matching claims to sales leaves over for the next one; docs/reconciliation.md. -#}

{#- Claims a campaign and day that no sale was found for, with what is left of their value. -#}
{% macro open_claims(matches) -%}
select
    claims.platform,
    claims.account_id,
    claims.campaign_id,
    claims.date_day,
    claims.conversions - coalesce(sum(matched.conversions), 0) as conversions,
    cast(claims.value_local as double) - coalesce(sum(matched.conversions * matched.expected_local), 0) as value_local
from {{ ref('int_claims') }} as claims
left join {{ ref(matches) }} as matched
    on
        claims.platform = matched.platform
        and claims.account_id = matched.account_id
        and claims.campaign_id = matched.campaign_id
        and claims.date_day = matched.date_day
where claims.kind = 'click' and claims.conversions > 0
group by
    claims.platform, claims.account_id, claims.campaign_id, claims.date_day, claims.conversions, claims.value_local
having claims.conversions - coalesce(sum(matched.conversions), 0) > 0
{%- endmacro %}

{#- Sales beside each account of a platform, as far as the platform's claim for them was not found. -#}
{% macro open_sales(matches) -%}
select
    sales.*,
    1 - coalesce(matched.conversions, 0) as open_conversions
from {{ ref('int_sale_accounts') }} as sales
left join (
    select
        platform,
        order_id,
        sum(conversions) as conversions
    from {{ ref(matches) }}
    group by platform, order_id
) as matched
    on sales.platform = matched.platform and sales.order_id = matched.order_id
where coalesce(matched.conversions, 0) < 1
{%- endmacro %}

{#-
    The CTEs of a round by value: a claim is for the sale of the same day and value, to the cent, or within a tenth where
    the person is known to have clicked on the platform's ads, as a value in another currency was converted at another
    rate.
-#}
{% macro round_by_value(matches) -%}
open_claims as (
    {{ open_claims(matches) | indent(4) }}
),

open_sales as (
    {{ open_sales(matches) | indent(4) }}
),

pairs as (
    select
        open_claims.platform,
        open_claims.account_id,
        open_claims.campaign_id,
        open_claims.date_day,
        open_sales.order_id,
        open_sales.is_tied,
        open_sales.expected_local,
        least(open_claims.conversions, open_sales.open_conversions) as conversions,
        abs(open_claims.value_local / open_claims.conversions - open_sales.expected_local) as difference
    from open_claims
    inner join open_sales
        on
            open_claims.platform = open_sales.platform
            and open_claims.account_id = open_sales.account_id
            and open_claims.date_day = open_sales.account_day
    -- of two claims together nobody knows the value of each
    where open_claims.conversions <= 1
),

-- a pair counts where each is the other's nearest
nearest as (
    select
        *,
        row_number() over (
            partition by platform, account_id, campaign_id, date_day
            order by difference < 0.01 desc, is_tied desc, difference asc, order_id asc
        ) as place_of_sale,
        row_number() over (
            partition by platform, order_id order by difference asc, account_id asc, campaign_id asc
        ) as place_of_claim
    from pairs
    where difference < 0.01 or (is_tied and difference <= 0.1 * expected_local)
),

final as (
    select * from {{ ref(matches) }}
    union all
    select
        platform,
        account_id,
        campaign_id,
        date_day,
        order_id,
        'value' as rule,
        expected_local,
        cast(conversions as decimal(18, 9)) as conversions
    from nearest
    where place_of_sale = 1 and place_of_claim = 1
)
{%- endmacro %}
