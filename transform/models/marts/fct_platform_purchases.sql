-- What the ad platforms claim to have sold, by the day of the click.
with

purchases as (
    select * from {{ ref('int_platform_purchases') }}
),

campaigns as (
    select * from {{ ref('int_campaigns') }}
),

-- A row without a rate is in money_quarantine, and nowhere else.
rates as (
    select * from {{ ref('int_fx_conversions') }}
    where fx_rate is not null
),

final as (
    select
        {{ surrogate_key([
            'purchases.platform', 'purchases.account_id', 'purchases.campaign_id', 'purchases.date_day'
        ]) }} as claim_key,
        purchases.date_day,
        purchases.platform,
        purchases.account_id,
        campaigns.channel,
        purchases.campaign_id,
        campaigns.campaign_name,
        purchases.purchases as claimed_purchases,
        {{ convert('purchases.value_local', 'rates.fx_rate') }} as claimed_value_amount
    from purchases
    inner join campaigns
        on
            purchases.platform = campaigns.platform
            and purchases.account_id = campaigns.account_id
            and purchases.campaign_id = campaigns.campaign_id
    inner join rates
        on purchases.date_day = rates.date_day and purchases.currency_code = rates.currency_code
)

select * from final
