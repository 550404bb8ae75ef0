{#- Schema names are exactly those of warehouse/layout.py, without the profile's schema in front. -#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ custom_schema_name or target.schema }}
{%- endmacro %}
