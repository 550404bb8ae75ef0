{{ config(materialized='view', meta={'is_lookup': true}) }}

-- Every amount that is to be converted, in its own currency and at its own day, with the fact that it goes to. Web
-- purchases without a currency are no amounts: GA4 leaves them out of its own reports too.
with

final as (
    {% for measure, column in [
        ('spend', 'spend_local'), ('platform_conversion_value', 'platform_conversion_value_local')
    ] %}
    select
        'fct_ad_spend' as fact,
        {{ spend_key('delivery') }} as row_key,
        '{{ measure }}' as measure,
        delivery.platform as source,
        delivery.account_id,
        delivery.date_day,
        delivery.currency_code,
        cast(delivery.{{ column }} as decimal(18, 6)) as amount_local
    from {{ ref('int_ad_delivery') }} as delivery
    union all
    {% endfor %}
    select
        'fct_marketing_cost' as fact,
        {{ surrogate_key(['file_name', 'line_number']) }} as row_key,
        'cost' as measure,
        'file_drop' as source,
        cast(null as string) as account_id,
        date_day,
        currency_code,
        cast(cost_local as decimal(18, 6)) as amount_local
    from {{ ref('int_other_costs') }}
    union all
    {% for measure, column in [('revenue', 'revenue_local'), ('gross_margin', 'gross_margin_local')] %}
    select
        'fct_orders' as fact,
        deal_id as row_key,
        '{{ measure }}' as measure,
        source_system as source,
        cast(null as string) as account_id,
        date_day,
        currency_code,
        cast({{ column }} as decimal(18, 6)) as amount_local
    from {{ ref('int_won_deals') }}
    where {{ column }} is not null
    union all
    {% endfor %}
    select
        'fct_sessions' as fact,
        {{ surrogate_key(['session_id', 'event_at', 'transaction_id', 'currency_code']) }} as row_key,
        'purchase_revenue' as measure,
        'ga4_export' as source,
        cast(null as string) as account_id,
        date_day,
        currency_code,
        cast(sum(revenue_local) as decimal(18, 6)) as amount_local
    from {{ ref('int_web_purchases') }}
    where revenue_local is not null
    group by session_id, event_at, transaction_id, date_day, currency_code
    union all
    select
        'fct_platform_purchases' as fact,
        {{ surrogate_key(['platform', 'account_id', 'campaign_id', 'date_day']) }} as row_key,
        'platform_purchase_value' as measure,
        platform as source,
        account_id,
        date_day,
        currency_code,
        cast(value_local as decimal(18, 6)) as amount_local
    from {{ ref('int_platform_purchases') }}
    union all
    select
        'fct_spend_pacing' as fact,
        {{ surrogate_key(['date_day', 'channel', 'currency_code']) }} as row_key,
        'budget' as measure,
        'file_drop' as source,
        cast(null as string) as account_id,
        date_day,
        currency_code,
        budget_local as amount_local
    from {{ ref('int_budgets') }}
    union all
    select
        'fct_pipeline' as fact,
        {{ surrogate_key(['date_day', 'source_system', 'currency_code']) }} as row_key,
        'open_amount' as measure,
        source_system as source,
        cast(null as string) as account_id,
        date_day,
        currency_code,
        cast(sum(open_local) as decimal(18, 6)) as amount_local
    from {{ ref('int_open_deals') }}
    where open_local is not null
    group by date_day, source_system, currency_code
)

select * from final
