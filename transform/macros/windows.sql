{#- Window functions that engines spell differently. -#}

{#- The last value of the window that is not NULL. -#}
{% macro last_known(column) -%}{{ adapter.dispatch('last_known', 'marketing_kpis')(column) }}{%- endmacro %}
{% macro default__last_known(column) -%}last_value({{ column }} ignore nulls){%- endmacro %}
{% macro spark__last_known(column) -%}last_value({{ column }}) ignore nulls{%- endmacro %}

{#- The first value of the window that is not NULL. -#}
{% macro first_known(column) -%}{{ adapter.dispatch('first_known', 'marketing_kpis')(column) }}{%- endmacro %}
{% macro default__first_known(column) -%}first_value({{ column }} ignore nulls){%- endmacro %}
{% macro spark__first_known(column) -%}first_value({{ column }}) ignore nulls{%- endmacro %}

{#-
    The place of an event among those of its session, as one value that can be compared: by its time, then by GA4's
    order within a batch, then by the vendor's row. Here it is one number of 38 digits, since `min_by` compares numbers
    faster than structs, and neither sorts whole rows: 16 digits of microseconds, the last 7 of the batch's page, 3 and
    3 of its order and index, 9 of the row.
-#}
{% macro event_order(micros) -%}{{ adapter.dispatch('event_order', 'marketing_kpis')(micros) }}{%- endmacro %}
{% macro default__event_order(micros) -%}
(cast({{ micros }} as hugeint) * 10000000 + coalesce(batch_page_id % 10000000, 9999999)) * 1000000000000000
+ coalesce(batch_ordering_id % 1000, 999) * 1000000000000
+ coalesce(batch_event_index % 1000, 999) * 1000000000
+ row_index % 1000000000
{%- endmacro %}
{% macro spark__event_order(micros) -%}
struct({{ micros }}, batch_page_id, batch_ordering_id, batch_event_index, row_index)
{%- endmacro %}
