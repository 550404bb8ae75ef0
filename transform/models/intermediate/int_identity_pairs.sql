{{ config(
    materialized='incremental',
    incremental_strategy='replace',
    unique_key='left_node',
    changed='int_identity_changed_pairs',
    on_schema_change='fail'
) }}
{%- set carried = {
    'user_id': 'login', 'transaction_id': 'purchase', 'gclid': 'session', 'wbraid': 'session', 'gbraid': 'session',
    'msclkid': 'session', 'fbclid': 'session'
} -%}
-- Every two identifiers that something says belong together, and by which rule; guards come after. The left one is
-- nearer to the person: contact, then browser, then what either carries.
-- depends_on: {{ ref('int_identity_changed_pairs') }}
with

sightings as (
    select
        {{ identity_node('ga_client_id', 'ga_client_id') }} as left_node,
        {{ carried | join(', ') }},
        first_seen_at,
        last_seen_at
    from {{ ref('int_identity_sightings') }}
    {% if is_incremental() -%}
    where
        ga_client_id in (
            select substr(changed.left_node, 3) from {{ ref('int_identity_changed_pairs') }} as changed
            where {{ is_node_of('changed.left_node', 'ga_client_id') }}
        )
    {%- endif %}
),

carried as (
    {% for type, rule in carried.items() %}
    select
        left_node,
        {{ identity_node(type, type) }} as right_node,
        '{{ rule }}' as rule,
        first_seen_at,
        last_seen_at
    from sightings
    where {{ type }} is not null
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

final as (
    select
        left_node,
        right_node,
        min(rule) as rule,
        min(first_seen_at) as first_seen_at,
        max(last_seen_at) as last_seen_at
    from carried
    group by left_node, right_node
    union all
    select
        left_node,
        right_node,
        rule,
        first_seen_at,
        last_seen_at
    from {{ ref('int_identity_record_pairs') }}
    {% if is_incremental() -%}
    where left_node in (select changed.left_node from {{ ref('int_identity_changed_pairs') }} as changed)
    {%- endif %}
)

select * from final
