-- A stock: read it at the last day of a period and never sum it over days.
with

counts as (
    select * from {{ ref('stg_file_drop__social_followers') }}
    where date_day <= {{ as_of_date() }}
),

categories as (
    select * from {{ ref('int_source_categories') }}
),

days as (
    select * from {{ ref('dim_date') }}
),

-- A count holds until the next one of its account; the last ones until the newest of all, so that an account that is
-- counted a day earlier than the others is not missing from the newest day.
spans as (
    select
        *,
        lead(date_day) over (partition by network, account order by date_day) as next_day,
        max(date_day) over () as newest_day
    from counts
),

final as (
    select
        {{ surrogate_key(['spans.network', 'spans.account', 'days.date_day']) }} as social_followers_key,
        days.date_day,
        spans.network,
        spans.account,
        case
            when categories.source_category = 'SOURCE_CATEGORY_VIDEO' then 'Organic Video' else 'Organic Social'
        end as channel,
        spans.followers
    from spans
    inner join days
        on
            spans.date_day <= days.date_day
            and spans.newest_day >= days.date_day
            and days.date_day < coalesce(spans.next_day, days.date_day + interval 1 day)
    left join categories on spans.network = categories.source
)

select * from final
