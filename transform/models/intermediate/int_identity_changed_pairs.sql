{{ config(meta={'is_lookup': true}) }}
{%- set built = previous('int_identity_pairs') %}
{%- set columns = 'left_node, right_node, rule, first_seen_at, last_seen_at' %}
-- Identifiers whose pairs are built anew, with what they were tied to so far: browsers that had or have an event on a
-- day that changed, and those of which a record of the CRM says something else now. Read before the pairs are replaced;
-- empty where everything is built anew.
with

{% if built -%}
replaced as (
    select ga_client_id from {{ ref('int_replaced_sessions') }}
    union
    select ga_client_id
    from {{ ref('int_identity_sightings') }}
    where date_day in (select days.date_day from {{ ref('int_changed_days') }} as days)
),

pairs as (
    select {{ columns }} from {{ ref('int_identity_record_pairs') }}
),

built_of_records as (
    select {{ columns }} from {{ built }}
    where not {{ is_node_of('left_node', 'ga_client_id') }}
),

came as (
    select * from pairs
    except
    select * from built_of_records
),

went as (
    select * from built_of_records
    except
    select * from pairs
),

starts as (
    select {{ identity_node('ga_client_id', 'ga_client_id') }} as left_node from replaced
    union
    select left_node from came
    union
    select left_node from went
),

final as (
    select
        starts.left_node,
        built.right_node
    from starts
    left join {{ built }} as built on starts.left_node = built.left_node
)

{% else -%}
-- depends_on: {{ ref('int_replaced_sessions') }}, {{ ref('int_identity_sightings') }}, {{ ref('int_changed_days') }}
final as (
    select
        left_node,
        right_node
    from {{ ref('int_identity_record_pairs') }}
    where false
)

{% endif -%}
select * from final
