{#- The values of a group as a list, in the order of another column. -#}
{% macro ordered_list(column, order) -%}
{{ adapter.dispatch('ordered_list', 'marketing_kpis')(column, order) }}
{%- endmacro %}
{#- A sort of each list costs a third of a sort within the aggregate. -#}
{% macro default__ordered_list(column, order) -%}
list_transform(
    list_sort(list(struct_pack(place := {{ order }}, item := {{ column }}))), lambda entry: entry.item
)
{%- endmacro %}
{% macro spark__ordered_list(column, order) -%}
transform(array_sort(collect_list(struct({{ order }} as place, {{ column }} as item))), entry -> entry.item)
{%- endmacro %}

{#- The distinct values of a group as a sorted list: the same set is the same list. -#}
{% macro distinct_list(column) -%}{{ adapter.dispatch('distinct_list', 'marketing_kpis')(column) }}{%- endmacro %}
{% macro default__distinct_list(column) -%}list_sort(list(distinct {{ column }})){%- endmacro %}
{% macro spark__distinct_list(column) -%}array_sort(collect_set({{ column }})){%- endmacro %}

{#- The part of a conversion that the touch of a model gets; NULL or 0 where it gets none. `docs/attribution.md` derives each. -#}
{% macro attribution_weight(model) -%}
{%- set first_share = var('attribution_first_share') -%}
{%- set last_share = var('attribution_last_share') -%}
{%- if model == 'first' -%}
case when touch_number = 1 then cast(1 as double) end
{%- elif model == 'last' -%}
case when touch_number = touch_count then cast(1 as double) end
{%- elif model == 'last_non_direct' -%}
case when touch_number = coalesce(last_non_direct_number, touch_count) then cast(1 as double) end
{%- elif model == 'position_based' -%}
case
    when touch_count = 1 then cast(1 as double)
    when touch_count = 2
        then cast(case when touch_number = 1 then {{ first_share }} else {{ last_share }} end as double)
            / {{ first_share + last_share }}
    when touch_number = 1 then cast({{ first_share }} as double)
    when touch_number = touch_count then cast({{ last_share }} as double)
    else cast({{ [1 - first_share - last_share, 0] | max | round(12) }} as double) / (touch_count - 2)
end
{%- elif model == 'time_decay' -%}
recency / sum(recency) over (
    partition by conversion_id order by touch_number rows between unbounded preceding and unbounded following
)
{%- elif model in ['markov', 'shapley'] -%}
{{ model }}_share / channel_touches
{%- else -%}
cast(1 as double) / touch_count
{%- endif -%}
{%- endmacro %}

{#- One row an item of a list. -#}
{% macro each_item(column) -%}{{ adapter.dispatch('each_item', 'marketing_kpis')(column) }}{%- endmacro %}
{% macro default__each_item(column) -%}unnest({{ column }}){%- endmacro %}
{% macro spark__each_item(column) -%}explode({{ column }}){%- endmacro %}
