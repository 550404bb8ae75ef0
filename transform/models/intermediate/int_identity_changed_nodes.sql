{{ config(meta={'is_lookup': true}) }}
{%- set built = previous('int_identity_nodes') %}
-- Identifiers of which something changed: a pair, a record, or whether it or its neighbour links. Empty where all is
-- built anew.
-- depends_on: {{ ref('int_identity_records') }}, {{ ref('int_identity_pairs') }}
-- depends_on: {{ ref('int_shared_identifiers') }}, {{ ref('int_identity_replaced_shared') }}
with

changed_pairs as (
    select * from {{ ref('int_identity_changed_pairs') }}
),

{% if built -%}
shared as (
    select node from {{ ref('int_shared_identifiers') }}
),

replaced_shared as (
    select node from {{ ref('int_identity_replaced_shared') }}
),

records as (
    select
        node,
        first_seen_at
    from {{ ref('int_identity_records') }}
),

built_records as (
    select
        node,
        first_seen_at
    from {{ built }}
    where is_recorded and not {{ is_node_of('node', 'ga_client_id') }}
),

turned as (
    (
        select * from shared
        except
        select * from replaced_shared
    )
    union
    (
        select * from replaced_shared
        except
        select * from shared
    )
),

moved as (
    (
        select * from records
        except
        select * from built_records
    )
    union
    (
        select * from built_records
        except
        select * from records
    )
),

starts as (
    select left_node as node from changed_pairs
    union
    select node from turned
),

final as (
    select node from starts
    union
    select right_node as node
    from changed_pairs
    where right_node is not null
    union
    select right_node as node
    from {{ ref('int_identity_pairs') }}
    where left_node in (select starts.node from starts)
    union
    select left_node as node
    from {{ ref('int_identity_pairs') }}
    where right_node in (select turned.node from turned)
    union
    select node from moved
)

{% else -%}
final as (
    select left_node as node
    from changed_pairs
    where false
)

{% endif -%}
select * from final
