-- Pairs of identifiers that a record of the CRM ties, by itself or with what a browser was seen with: all but those of
-- browsers.
with

crm_pairs as (
    select * from {{ ref('int_identity_crm_pairs') }}
),

deals as (
    select
        *,
        replace(deal_id, 'file_drop:', '') as transaction_id
    from {{ ref('int_won_deals') }}
),

sightings as (
    select * from {{ ref('int_identity_sightings') }}
    where user_id is not null or transaction_id is not null
),

-- a site that takes the address for the user's name: the load has replaced it by its keyed hash
logins_by_email as (
    select
        {{ identity_node('email_hash', 'user_id') }} as left_node,
        {{ identity_node('user_id', 'user_id') }} as right_node,
        first_seen_at,
        last_seen_at
    from sightings
    where {{ identity_node('email_hash', 'user_id') }} in (select crm_pairs.right_node from crm_pairs)
),

orders as (
    select
        coalesce(
            {{ identity_node('contact_id', 'contact_id') }}, {{ identity_node('deal_id', 'deal_id') }}
        ) as left_node,
        {{ identity_node('transaction_id', 'transaction_id') }} as right_node,
        won_at
    from deals
    where transaction_id in (select sightings.transaction_id from sightings)
),

claims as (
    select
        left_node,
        right_node,
        rule,
        first_seen_at,
        first_seen_at as last_seen_at
    from crm_pairs
    union all
    select
        left_node,
        right_node,
        'login_by_email' as rule,
        first_seen_at,
        last_seen_at
    from logins_by_email
    union all
    select
        left_node,
        right_node,
        'order' as rule,
        won_at as first_seen_at,
        won_at as last_seen_at
    from orders
),

final as (
    select
        left_node,
        right_node,
        -- in the alphabet a contact's own field comes before its further addresses
        min(rule) as rule,
        min(first_seen_at) as first_seen_at,
        max(last_seen_at) as last_seen_at
    from claims
    group by left_node, right_node
)

select * from final
