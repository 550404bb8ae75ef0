{%- set carried = {
    'user_id': 'login', 'transaction_id': 'purchase', 'gclid': 'session', 'wbraid': 'session', 'gbraid': 'session',
    'msclkid': 'session', 'fbclid': 'session'
} -%}
-- Every two identifiers that something says belong together, and by which rule; guards come after. The left one is
-- nearer to the person: contact, then browser, then what either carries.
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
    {% for type, rule in carried.items() %}
    union all
    select
        {{ identity_node('ga_client_id', 'ga_client_id') }} as left_node,
        {{ identity_node(type, type) }} as right_node,
        '{{ rule }}' as rule,
        first_seen_at,
        last_seen_at
    from sightings
    where {{ type }} is not null
    {% endfor %}
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
