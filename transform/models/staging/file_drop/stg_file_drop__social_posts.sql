with

received as (
    select * from {{ source('raw_file_drop', 'social_posts') }}
),

final as (
    select
        post_id,
        {{ utc('published_at') }} as published_at,
        lower(network) as network,
        cast(likes as bigint) as likes,
        cast(comments as bigint) as comments,
        cast(shares as bigint) as shares,
        cast(coalesce(saves, '0') as bigint) as saves,
        cast(reach as bigint) as reach,
        cast(views as bigint) as views
    from received
)

select * from final
