-- Of each platform, all of its accounts together claim a sale once at most.
select
    platform,
    order_id,
    sum(conversions) as conversions
from {{ ref('int_claim_matches') }}
group by platform, order_id
having sum(conversions) > 1.000001
