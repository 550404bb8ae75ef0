-- People are counted by the vendor, for a whole account and day: never summed, neither over days nor over accounts.
-- Where two accounts showed ads on one day, nobody knows how many people saw both, so that day has no number.
with

days as (
    select * from {{ ref('stg_meta_ads__account_daily') }}
),

counted as (
    select
        *,
        count(*) over (partition by date_day) as accounts
    from days
    where impressions > 0
),

final as (
    select
        {{ surrogate_key(['account_id', 'date_day']) }} as reach_key,
        date_day,
        account_id,
        cast(accounts as bigint) as accounts,
        reach as account_reach,
        case when accounts = 1 then reach end as reach
    from counted
    where date_day <= {{ as_of_date() }}
)

select * from final
