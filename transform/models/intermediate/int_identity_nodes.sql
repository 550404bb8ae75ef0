{{ config(
    materialized='incremental',
    incremental_strategy='replace',
    unique_key='node',
    changed='int_identity_changed_nodes',
    on_schema_change='fail'
) }}
-- Every identifier of a person with the moment at which it was first seen in the data's own time. Contacts, browsers
-- and deals without a contact have a record of their own; the others are known only by what carries them.
-- depends_on: {{ ref('int_identity_changed_nodes') }}
with

{% if is_incremental() -%}
changed as (
    select
        node,
        case when {{ is_node_of('node', 'ga_client_id') }} then substr(node, 3) end as ga_client_id
    from {{ ref('int_identity_changed_nodes') }}
),
{%- endif %}

records as (
    select
        node,
        first_seen_at
    from {{ ref('int_identity_records') }}
    {% if is_incremental() -%}
    where node in (select changed.node from changed)
    {%- endif %}
    union all
    select
        {{ identity_node('ga_client_id', 'ga_client_id') }} as node,
        first_seen_at
    from {{ ref('int_identity_sightings') }}
    {% if is_incremental() -%}
    where ga_client_id in (select changed.ga_client_id from changed)
    {%- endif %}
),

mentioned as (
    {% for side in ['left_node', 'right_node'] %}
    select
        {{ side }} as node,
        first_seen_at
    from {{ ref('int_identity_edges') }}
    {% if is_incremental() -%}
    where {{ side }} in (select changed.node from changed)
    {%- endif %}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

known as (
    select
        node,
        first_seen_at as recorded_at,
        cast(null as timestamp) as mentioned_at,
        1 as record
    from records
    union all
    select
        node,
        cast(null as timestamp) as recorded_at,
        first_seen_at as mentioned_at,
        0 as record
    from mentioned
),

final as (
    select
        node,
        max(record) = 1 as is_recorded,
        coalesce(min(recorded_at), min(mentioned_at)) as first_seen_at
    from known
    group by node
)

select * from final
