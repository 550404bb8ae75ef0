-- Users by browser. A user of too many browsers is a placeholder, and says nothing about who a browser is.
with

pairs as (
    select * from {{ ref('int_identity_pairs') }}
    where rule = 'login'
),

counted as (
    select
        left_node as browser_node,
        right_node as user_node,
        count(*) over (partition by right_node) as browsers
    from pairs
),

final as (
    select
        browser_node,
        user_node,
        browsers,
        browsers <= {{ var('identity_max_browsers') }}
        and sum(case when browsers <= {{ var('identity_max_browsers') }} then 1 else 0 end)
            over (partition by browser_node)
        = 1 as is_only
    from counted
)

select * from final
