{#- The types of identifiers. A node of the graph is the mark of its type, a colon and the identifier. -#}
{% macro identity_types() -%}
contact_id ga_client_id email_hash gclid fbclid deal_id user_id wbraid gbraid msclkid transaction_id
{%- endmacro %}
{% macro identity_mark(type) -%}
{%- set types = identity_types().split() -%}
{{ '123456789ab'[types.index(type)] if type in types }}
{%- endmacro %}

{#- The node of an identifier. -#}
{% macro identity_node(type, column) -%}'{{ identity_mark(type) }}:' || {{ column }}{%- endmacro %}

{#- Whether a node is an identifier of a type. -#}
{% macro is_node_of(node, type) -%}{{ node }} like '{{ identity_mark(type) }}:%'{%- endmacro %}

{#- The type of a node's identifier. -#}
{% macro identifier_type(node) -%}
case substr({{ node }}, 1, 1)
    {% for type in identity_types().split() -%}
    when '{{ identity_mark(type) }}' then '{{ type }}'
    {% endfor -%}
end
{%- endmacro %}

{#- An identifier that a site sends; NULL for the words that sites send when they know none. -#}
{% macro real_identifier(column) -%}
case
    when lower(trim({{ column }})) in (
        '', '0', '-1', 'null', 'undefined', 'none', 'nan', 'false', 'n/a', 'unknown', 'guest', 'anonymous',
        '(not set)', '(none)', '(data not available)', '(not provided)', '(other)'
    ) then null
    else trim({{ column }})
end
{%- endmacro %}

{#-
    Connected components of a small graph: from a relation of edges (left_node, right_node) to rows (node, label), where
    the label is the smallest node that can be reached. A label goes on only to nodes that are greater than it: the
    smallest node of a component still reaches all others, and the work stays small.
-#}
{% macro component_labels(edges) -%}{{ adapter.dispatch('component_labels', 'marketing_kpis')(edges) }}{%- endmacro %}
{% macro default__component_labels(edges) -%}
with recursive both_ways as (
    select left_node as node, right_node as neighbour from {{ edges }}
    union
    select right_node as node, left_node as neighbour from {{ edges }}
),

labels as (
    select node, node as label from both_ways
    union
    select both_ways.neighbour as node, labels.label
    from labels
    inner join both_ways on labels.node = both_ways.node and both_ways.neighbour > labels.label
)

select node, min(label) as label from labels group by node
{%- endmacro %}
