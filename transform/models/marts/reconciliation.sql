with

campaigns as (
    select * from {{ ref('int_campaigns') }}
    where platform in ('google_ads', 'meta_ads')
),

-- A row without a rate is in money_quarantine, and nowhere else.
rates as (
    select * from {{ ref('int_fx_conversions') }}
    where fx_rate is not null
),

purchases as (
    select * from {{ ref('int_platform_purchases') }}
),

sessions as (
    select * from {{ ref('fct_sessions') }}
    where is_converting
),

attribution as (
    select * from {{ ref('fct_attribution') }}
    where model = 'last' and {{ is_purchase() }}
),

claims as (
    select
        {{ month_of('purchases.date_day') }} as month,
        campaigns.channel,
        campaigns.platform,
        purchases.purchases as platform_conversions,
        cast(0 as bigint) as ga4_conversions,
        cast(0 as double) as crm_conversions,
        {{ convert('purchases.value_local', 'rates.fx_rate') }} as platform_value_amount,
        cast(0 as decimal(18, 6)) as crm_value_amount
    from purchases
    inner join campaigns
        on
            purchases.platform = campaigns.platform
            and purchases.account_id = campaigns.account_id
            and purchases.campaign_id = campaigns.campaign_id
    inner join rates
        on purchases.date_day = rates.date_day and purchases.currency_code = rates.currency_code
    union all
    select
        {{ month_of('sessions.date_day') }} as month,
        campaigns.channel,
        campaigns.platform,
        cast(0 as double) as platform_conversions,
        cast(1 as bigint) as ga4_conversions,
        cast(0 as double) as crm_conversions,
        cast(0 as decimal(18, 6)) as platform_value_amount,
        cast(0 as decimal(18, 6)) as crm_value_amount
    from sessions
    inner join campaigns on sessions.campaign_id = campaigns.campaign_id and campaigns.is_id_unique
    union all
    select
        {{ month_of('attribution.date_day') }} as month,
        campaigns.channel,
        campaigns.platform,
        cast(0 as double) as platform_conversions,
        cast(0 as bigint) as ga4_conversions,
        attribution.credited_conversions as crm_conversions,
        cast(0 as decimal(18, 6)) as platform_value_amount,
        attribution.credited_value as crm_value_amount
    from attribution
    inner join campaigns on attribution.campaign_id = campaigns.campaign_id and campaigns.is_id_unique
),

final as (
    select
        month,
        channel,
        platform,
        {{ exact_sum('platform_conversions') }} as platform_conversions,
        cast(sum(ga4_conversions) as double) as ga4_conversions,
        {{ exact_sum('crm_conversions') }} as crm_conversions,
        cast(sum(platform_value_amount) as decimal(18, 6)) as platform_value_amount,
        cast(sum(crm_value_amount) as decimal(18, 6)) as crm_value_amount,
        {{ ratio(exact_sum('platform_conversions'), exact_sum('crm_conversions')) }} - 1 as gap
    from claims
    group by month, channel, platform
)

select * from final
