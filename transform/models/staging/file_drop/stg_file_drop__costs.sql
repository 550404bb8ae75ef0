with

received as (
    select * from {{ source('raw_file_drop', 'costs') }}
),

final as (
    select
        file_name,
        line_number,
        date as date_day,
        trim(channel) as channel,
        nullif(trim(campaign), '') as campaign_name,
        {{ money('cost') }} as cost_local,
        upper(trim(currency_code)) as currency_code,
        cast(nullif(trim(clicks), '') as bigint) as clicks,
        cast(nullif(trim(impressions), '') as bigint) as impressions
    from received
)

select * from final
