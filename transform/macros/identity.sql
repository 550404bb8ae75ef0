{#-
    Connected components of a graph: from a relation of edges (left_node, right_node) to rows (node, label), where the
    label is the smallest node that can be reached. A label goes on only to nodes that are greater than it: the
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
