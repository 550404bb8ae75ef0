-- Own posts with what came of them up to the newest export.
with

posts as (
    select * from {{ ref('stg_file_drop__social_posts') }}
),

categories as (
    select * from {{ ref('int_source_categories') }}
),

final as (
    select
        {{ surrogate_key(['posts.network', 'posts.post_id']) }} as social_post_key,
        posts.network,
        posts.post_id,
        posts.published_at,
        {{ business_day('posts.published_at') }} as date_day,
        case
            when categories.source_category = 'SOURCE_CATEGORY_VIDEO' then 'Organic Video' else 'Organic Social'
        end as channel,
        posts.likes,
        posts.likes + posts.comments + posts.shares + posts.saves as interactions,
        coalesce(posts.reach, posts.views) as audience,
        case when posts.reach is not null then 'reach' else 'views' end as audience_basis
    from posts
    left join categories on posts.network = categories.source
    where {{ business_day('posts.published_at') }} <= {{ as_of_date() }}
)

select * from final
