{#- JSON text to typed values; each engine parses a text once. -#}

{#- GA4's event_params as a struct: key -> struct of string_value, int_value and double_value, all text. -#}
{% macro event_params(column, keys) -%}
{{ adapter.dispatch('event_params', 'marketing_kpis')(column, keys) }}
{%- endmacro %}
{% macro default__event_params(column, keys) -%}
from_json({{ column }}, '{
    {%- for key in keys -%}
    "{{ key }}":{"string_value":"VARCHAR","int_value":"VARCHAR"}{{ "," if not loop.last }}
    {%- endfor -%}
}')
{%- endmacro %}
{% macro spark__event_params(column, keys) -%}
from_json({{ column }}, 'struct<
    {%- for key in keys -%}
    {{ key }}:struct<string_value:string,int_value:string>{{ "," if not loop.last }}
    {%- endfor -%}
>')
{%- endmacro %}

{#- One row an element of a JSON array of objects, as a struct of text fields. -#}
{% macro each_record(column, fields) -%}
{{ adapter.dispatch('each_record', 'marketing_kpis')(column, fields) }}
{%- endmacro %}
{% macro default__each_record(column, fields) -%}
unnest(from_json({{ column }}, '[{
    {%- for field in fields %}"{{ field }}":"VARCHAR"{{ "," if not loop.last }}{% endfor -%}
}]'))
{%- endmacro %}
{% macro spark__each_record(column, fields) -%}
explode(from_json({{ column }}, 'array<struct<
    {%- for field in fields %}{{ field }}:string{{ "," if not loop.last }}{% endfor -%}
>>'))
{%- endmacro %}
