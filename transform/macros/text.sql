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

{#- A parameter of a URL's query; NULL where it is absent. Most URLs have none: LIKE spares them the expression. -#}
{% macro url_parameter(column, name) -%}
case
    when {{ column }} like '%{{ name }}=%'
        then nullif(regexp_extract({{ column }}, '[?&]{{ name }}=([^&#]+)', 1), '')
end
{%- endmacro %}

{#- The path of a URL, without host and query. -#}
{% macro url_path(column) -%}
nullif(regexp_extract({{ column }}, '^[a-zA-Z]+://[^/?#]+(/[^?#]*)', 1), '')
{%- endmacro %}

{#- A text of the configuration as a literal of SQL. -#}
{% macro text_literal(value) -%}{{ adapter.dispatch('text_literal', 'marketing_kpis')(value) }}{%- endmacro %}
{% macro default__text_literal(value) -%}'{{ value | replace("'", "''") }}'{%- endmacro %}
{% macro spark__text_literal(value) -%}'{{ value | replace("\\", "\\\\") | replace("'", "\\'") }}'{%- endmacro %}

{#- Whether a pattern is found in a text. -#}
{% macro matches(column, pattern) -%}{{ adapter.dispatch('matches', 'marketing_kpis')(column, pattern) }}{%- endmacro %}
{% macro default__matches(column, pattern) -%}
regexp_matches({{ column }}, {{ marketing_kpis.text_literal(pattern) }})
{%- endmacro %}
{% macro spark__matches(column, pattern) -%}
({{ column }} rlike {{ marketing_kpis.text_literal(pattern) }})
{%- endmacro %}

{#- A name as people mean it: 'Spring_Sale-2026' and 'spring sale 2026' are one. -#}
{% macro normalised_name(column) -%}{{ adapter.dispatch('normalised_name', 'marketing_kpis')(column) }}{%- endmacro %}
{% macro default__normalised_name(column) -%}
nullif(trim(regexp_replace(lower({{ column }}), '([ _+|/.:-]|%20)+', ' ', 'g')), '')
{%- endmacro %}
{% macro spark__normalised_name(column) -%}
nullif(trim(regexp_replace(lower({{ column }}), '([ _+|/.:-]|%20)+', ' ')), '')
{%- endmacro %}

{#- A key over several columns; NULL counts as a value. -#}
{% macro surrogate_key(columns) -%}
md5({% for column in columns %}coalesce(cast({{ column }} as string), '-'){{ " || '|' || " if not loop.last }}{% endfor %})
{%- endmacro %}

{#- A number that is the same for the same values of some columns, and seldom for others: 64 bits. NULL is a value. -#}
{% macro row_hash(columns) -%}{{ adapter.dispatch('row_hash', 'marketing_kpis')(columns) }}{%- endmacro %}
{% macro default__row_hash(columns) -%}hash({{ columns | join(', ') }}){%- endmacro %}
{% macro spark__row_hash(columns) -%}xxhash64({{ columns | join(', ') }}){%- endmacro %}

{#-
    `row_hash` for rows that are to be joined to one number by exclusive or: hashed twice, since an engine may itself join
    the hashes of columns so, and a value that two rows share would then leave no trace.
-#}
{% macro row_digest(columns) -%}{{ adapter.dispatch('row_digest', 'marketing_kpis')(columns) }}{%- endmacro %}
{% macro default__row_digest(columns) -%}hash(hash({{ columns | join(', ') }})){%- endmacro %}
{% macro spark__row_digest(columns) -%}xxhash64(xxhash64({{ columns | join(', ') }})){%- endmacro %}
