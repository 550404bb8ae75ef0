with

spend as (
    select * from {{ ref('fct_ad_spend') }}
),

other_costs as (
    select * from {{ ref('int_other_costs') }}
),

-- A fee of a campaign that a platform knows is the campaign's, by its name.
campaigns as (
    select * from {{ ref('int_campaigns') }}
    where is_name_unique
),

-- A row without a rate is in money_quarantine, and nowhere else.
rates as (
    select * from {{ ref('int_fx_conversions') }}
    where fx_rate is not null
),

final as (
    select
        spend_key as cost_key,
        date_day,
        'media' as cost_type,
        platform,
        channel,
        campaign_name,
        currency_code,
        spend_local as cost_local,
        spend_amount as cost_amount,
        campaign_id,
        account_id,
        fx_rate
    from spend
    union all
    select
        {{ surrogate_key(['other_costs.file_name', 'other_costs.line_number']) }} as cost_key,
        other_costs.date_day,
        'other' as cost_type,
        'file_drop' as platform,
        other_costs.channel,
        other_costs.campaign_name,
        other_costs.currency_code,
        other_costs.cost_local,
        {{ convert('other_costs.cost_local', 'rates.fx_rate') }} as cost_amount,
        campaigns.campaign_id,
        'file_drop' as account_id,
        rates.fx_rate
    from other_costs
    left join campaigns on {{ normalised_name('other_costs.campaign_name') }} = campaigns.matching_name
    inner join rates
        on other_costs.date_day = rates.date_day and other_costs.currency_code = rates.currency_code
)

select * from final
