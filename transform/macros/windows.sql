{#- Window functions that engines spell differently. -#}

{#- The last value of the window that is not NULL. -#}
{% macro last_known(column) -%}{{ adapter.dispatch('last_known', 'marketing_kpis')(column) }}{%- endmacro %}
{% macro default__last_known(column) -%}last_value({{ column }} ignore nulls){%- endmacro %}
{% macro spark__last_known(column) -%}last_value({{ column }}) ignore nulls{%- endmacro %}

{#- The first value of the window that is not NULL. -#}
{% macro first_known(column) -%}{{ adapter.dispatch('first_known', 'marketing_kpis')(column) }}{%- endmacro %}
{% macro default__first_known(column) -%}first_value({{ column }} ignore nulls){%- endmacro %}
{% macro spark__first_known(column) -%}first_value({{ column }}) ignore nulls{%- endmacro %}
