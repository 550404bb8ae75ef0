-- Meta leaves deleted campaigns out of campaign insights; the account's total still holds what they spent.
{{ config(severity='warn') }}

with

campaigns as (
    select
        account_id,
        date_day,
        sum(spend_local) as spend_local
    from {{ ref('stg_meta_ads__campaign_daily') }}
    group by account_id, date_day
)

select
    accounts.account_id,
    accounts.date_day,
    accounts.spend_local as account_spend,
    campaigns.spend_local as campaign_spend
from {{ ref('stg_meta_ads__account_daily') }} as accounts
left join campaigns
    on accounts.account_id = campaigns.account_id and accounts.date_day = campaigns.date_day
where accounts.spend_local != coalesce(campaigns.spend_local, 0)
