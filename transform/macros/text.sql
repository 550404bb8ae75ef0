{#- One row a part of a text that is joined by a separator. -#}
{% macro each_part(column, separator) -%}
{{ adapter.dispatch('each_part', 'marketing_kpis')(column, separator) }}
{%- endmacro %}
{% macro default__each_part(column, separator) -%}unnest(string_split({{ column }}, '{{ separator }}')){%- endmacro %}
{% macro spark__each_part(column, separator) -%}explode(split({{ column }}, '{{ separator }}')){%- endmacro %}

{#- NULL for empty text and for the words with which GA4 says that it does not know. -#}
{% macro known(column) -%}
case
    when trim({{ column }}) in ('', '(not set)', '(data not available)', '(not provided)', '(none)') then null
    else trim({{ column }})
end
{%- endmacro %}

{#- A parameter of a URL's query; NULL where it is absent. -#}
{% macro url_parameter(column, name) -%}
nullif(regexp_extract({{ column }}, '[?&]{{ name }}=([^&#]+)', 1), '')
{%- endmacro %}

{#- The path of a URL, without host and query. -#}
{% macro url_path(column) -%}
nullif(regexp_extract({{ column }}, '^[a-zA-Z]+://[^/?#]+(/[^?#]*)', 1), '')
{%- endmacro %}

{% macro matches(column, pattern) -%}{{ adapter.dispatch('matches', 'marketing_kpis')(column, pattern) }}{%- endmacro %}
{% macro default__matches(column, pattern) -%}regexp_matches({{ column }}, '{{ pattern }}'){%- endmacro %}
{% macro spark__matches(column, pattern) -%}({{ column }} rlike '{{ pattern }}'){%- endmacro %}

{#- A key over several columns; NULL counts as a value. -#}
{% macro surrogate_key(columns) -%}
md5({% for column in columns %}coalesce(cast({{ column }} as string), '-'){{ " || '|' || " if not loop.last }}{% endfor %})
{%- endmacro %}
