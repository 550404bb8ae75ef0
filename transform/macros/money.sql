{#- Money is DECIMAL(18, 6) from the text of the wire on. -#}
{% macro money(column) -%}cast(nullif(trim({{ column }}), '') as decimal(18, 6)){%- endmacro %}

{#- Millionths, as text, to units: exact. -#}
{% macro micros(column) -%}
cast(cast({{ column }} as decimal(18, 0)) * cast(0.000001 as decimal(7, 6)) as decimal(18, 6))
{%- endmacro %}

{#-
    Money in another unit, such as the reporting currency, rounded to a millionth: parts that are converted add up to the
    converted whole within half a millionth for each part and the whole. Amounts at a rate of 1 stay exact; above 10^9
    a double's 15 digits are coarser than a millionth.
-#}
{% macro convert(column, rate) -%}
case
    when {{ rate }} = 1 then cast({{ column }} as decimal(18, 6))
    else cast(round(cast({{ column }} as double) * {{ rate }}, 6) as decimal(18, 6))
end
{%- endmacro %}

{#- The key of a row of ad delivery: a cost file may hold a campaign's day in two channels or currencies. -#}
{% macro spend_key(delivery) -%}
{{ surrogate_key([
    delivery ~ '.platform', delivery ~ '.account_id', delivery ~ '.campaign_id', delivery ~ '.date_day',
    "case when " ~ delivery ~ ".platform = 'file_drop' then " ~ delivery ~ ".channel"
    ~ " || coalesce(" ~ delivery ~ ".currency_code, '') end"
]) }}
{%- endmacro %}

{#- A ratio of two sums; NULL, never infinity, for an empty denominator. -#}
{% macro ratio(numerator, denominator) -%}
cast({{ numerator }} as double) / nullif(cast({{ denominator }} as double), 0)
{%- endmacro %}

{#- The sum of doubles that does not depend on the order of the rows: the same data give the same bits. -#}
{% macro exact_sum(column) -%}cast(sum(cast({{ column }} as decimal(38, 18))) as double){%- endmacro %}

{#- What brings a rate that is missing, in words for a person. -#}
{% macro mend_of_money(reason, currency, day) -%}
case {{ reason }}
    when 'no_currency' then 'write its ISO 4217 code at the source and load it again'
    when 'unknown_currency'
        then
            'add ' || {{ currency }} || ' to sources.fx_rates.currencies and load its rates with '
            || '`kpi refresh --source fx_rates --from ' || cast({{ day }} as string)
            || '`; where the ECB publishes none, correct the currency at its source'
    when 'no_rate_of_reporting_currency'
        then
            'add {{ var("reporting_currency") }} to sources.fx_rates.currencies and load its rates with '
            || '`kpi refresh --source fx_rates --from ' || cast({{ day }} as string) || '`'
    else
        'load the rates of that time with `kpi refresh --source fx_rates --from ' || cast({{ day }} as string)
        || '`, or correct currency or date at the source'
end
{%- endmacro %}
