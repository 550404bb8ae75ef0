{#- A click and its visit can lie on two days (midnight, time zones of the accounts), hardly further apart. -#}
{% set days_apart = 1 %}

-- Ad spend, and the part of it whose campaign was seen in visits on about the same day: what is left has lost its tags.
with

spend as (
    select * from {{ ref('fct_ad_spend') }}
),

sessions as (
    select * from {{ ref('fct_sessions') }}
),

seen as (
    select distinct
        campaign_id,
        date_day
    from sessions
    where campaign_id is not null
),

matched as (
    select distinct spend.spend_key
    from spend
    inner join seen
        on
            spend.campaign_id = seen.campaign_id
            and seen.date_day >= cast(spend.date_day - interval {{ days_apart }} day as date)
            and seen.date_day <= cast(spend.date_day + interval {{ days_apart }} day as date)
),

final as (
    select
        spend.spend_key,
        spend.date_day,
        spend.platform,
        spend.account_id,
        spend.channel,
        spend.campaign_id,
        spend.campaign_name,
        spend.spend_amount,
        matched.spend_key is not null as is_seen,
        cast(case when matched.spend_key is not null then spend.spend_amount else 0 end as decimal(18, 6))
            as matched_spend_amount,
        spend.currency_code,
        spend.fx_rate
    from spend
    left join matched on spend.spend_key = matched.spend_key
    -- without any visit no analytics is connected, and what it would have seen is unknown, not nothing
    where exists (select 1 from sessions)
)

select * from final
