{#- Money is DECIMAL(18, 6) from the text of the wire on. -#}
{% macro money(column) -%}cast(nullif(trim({{ column }}), '') as decimal(18, 6)){%- endmacro %}

{#- Millionths, as text, to units: exact. -#}
{% macro micros(column) -%}
cast(cast({{ column }} as decimal(18, 0)) * cast(0.000001 as decimal(7, 6)) as decimal(18, 6))
{%- endmacro %}

{#- Money in the reporting currency. -#}
{% macro convert(column, rate) -%}
cast(round(cast({{ column }} as double) * {{ rate }}, 6) as decimal(18, 6))
{%- endmacro %}

{#- A ratio of two sums; NULL, never infinity, for an empty denominator. -#}
{% macro ratio(numerator, denominator) -%}
cast({{ numerator }} as double) / nullif(cast({{ denominator }} as double), 0)
{%- endmacro %}

{#- The sum of doubles that does not depend on the order of the rows: the same data give the same bits. -#}
{% macro exact_sum(column) -%}cast(sum(cast({{ column }} as decimal(38, 18))) as double){%- endmacro %}
