{#- Everything about time that engines spell differently. Timestamps in models are UTC without a zone. -#}

{#- A TIMESTAMP WITH TIME ZONE as UTC without a zone. -#}
{% macro utc(column) -%}{{ adapter.dispatch('utc', 'marketing_kpis')(column) }}{%- endmacro %}
{% macro default__utc(column) -%}({{ column }} at time zone 'UTC'){%- endmacro %}
{% macro spark__utc(column) -%}cast({{ column }} as timestamp){%- endmacro %}

{#- Microseconds since 1970 as a timestamp. -#}
{% macro from_micros(column) -%}{{ adapter.dispatch('from_micros', 'marketing_kpis')(column) }}{%- endmacro %}
{% macro default__from_micros(column) -%}make_timestamp({{ column }}){%- endmacro %}
{% macro spark__from_micros(column) -%}timestamp_micros({{ column }}){%- endmacro %}

{#- The day of a UTC timestamp in the business' time zone. -#}
{% macro business_day(column) -%}{{ adapter.dispatch('business_day', 'marketing_kpis')(column) }}{%- endmacro %}
{% macro default__business_day(column) -%}
cast(({{ column }} at time zone 'UTC') at time zone '{{ var("business_time_zone") }}' as date)
{%- endmacro %}
{% macro spark__business_day(column) -%}
to_date(from_utc_timestamp({{ column }}, '{{ var("business_time_zone") }}'))
{%- endmacro %}

{#- One row a day from a first to a last day, both inclusive, as an expression of the select list. -#}
{% macro each_day(first_day, last_day) -%}
{{ adapter.dispatch('each_day', 'marketing_kpis')(first_day, last_day) }}
{%- endmacro %}
{% macro default__each_day(first_day, last_day) -%}
cast(unnest(generate_series({{ first_day }}, {{ last_day }}, interval 1 day)) as date)
{%- endmacro %}
{% macro spark__each_day(first_day, last_day) -%}
explode(sequence({{ first_day }}, {{ last_day }}, interval 1 day))
{%- endmacro %}

{#- One row a first-of-month from a first to a last month, both inclusive, as an expression of the select list. -#}
{% macro each_month(first_month, last_month) -%}
{{ adapter.dispatch('each_month', 'marketing_kpis')(first_month, last_month) }}
{%- endmacro %}
{% macro default__each_month(first_month, last_month) -%}
cast(unnest(generate_series({{ first_month }}, {{ last_month }}, interval 1 month)) as date)
{%- endmacro %}
{% macro spark__each_month(first_month, last_month) -%}
explode(sequence({{ first_month }}, {{ last_month }}, interval 1 month))
{%- endmacro %}

{#- Monday is 1, Sunday is 7. -#}
{% macro iso_day_of_week(column) -%}{{ adapter.dispatch('iso_day_of_week', 'marketing_kpis')(column) }}{%- endmacro %}
{% macro default__iso_day_of_week(column) -%}cast(isodow({{ column }}) as bigint){%- endmacro %}
{% macro spark__iso_day_of_week(column) -%}cast(weekday({{ column }}) + 1 as bigint){%- endmacro %}

{#- Whole days between two dates. -#}
{% macro days_between(first_day, last_day) -%}
{{ adapter.dispatch('days_between', 'marketing_kpis')(first_day, last_day) }}
{%- endmacro %}
{% macro default__days_between(first_day, last_day) -%}date_diff('day', {{ first_day }}, {{ last_day }}){%- endmacro %}
{% macro spark__days_between(first_day, last_day) -%}datediff({{ last_day }}, {{ first_day }}){%- endmacro %}

{#- Seconds between two timestamps, as a double. -#}
{% macro seconds_between(first, last) -%}
{{ adapter.dispatch('seconds_between', 'marketing_kpis')(first, last) }}
{%- endmacro %}
{% macro default__seconds_between(first, last) -%}(epoch({{ last }}) - epoch({{ first }})){%- endmacro %}
{% macro spark__seconds_between(first, last) -%}
(cast({{ last }} as double) - cast({{ first }} as double))
{%- endmacro %}

{#- Months between two firsts of months. -#}
{% macro months_between_firsts(first_month, last_month) -%}
((year({{ last_month }}) - year({{ first_month }})) * 12 + month({{ last_month }}) - month({{ first_month }}))
{%- endmacro %}

{#- The first day of a date's month. -#}
{% macro month_of(column) -%}cast(date_trunc('month', {{ column }}) as date){%- endmacro %}

{#- The run's day and moment. While dbt parses, neither is asked for: what a file reads of the environment then makes it
    read that file anew whenever it changes. -#}
{% macro as_of_day() -%}
{{ env_var("KPI_BUILD_AS_OF_DATE", var("as_of_date")) if execute else var("as_of_date") }}
{%- endmacro %}
{% macro as_of_date() -%}cast('{{ as_of_day() }}' as date){%- endmacro %}
{% macro as_of() -%}
{%- set last_moment = as_of_day() ~ " 23:59:59" -%}
cast('{{ env_var("KPI_BUILD_AS_OF", last_moment) if execute else last_moment }}' as timestamp)
{%- endmacro %}

{#- A timestamp some days earlier. -#}
{% macro days_before(column, days) -%}
{{ adapter.dispatch('days_before', 'marketing_kpis')(column, days) }}
{%- endmacro %}
{% macro default__days_before(column, days) -%}({{ column }} - to_days({{ days }})){%- endmacro %}
{% macro spark__days_before(column, days) -%}({{ column }} - make_dt_interval({{ days }})){%- endmacro %}

{#- The moment in UTC at which a day begins in a time zone, which is an expression. -#}
{% macro day_start(column, zone) -%}{{ adapter.dispatch('day_start', 'marketing_kpis')(column, zone) }}{%- endmacro %}
{% macro default__day_start(column, zone) -%}
((cast({{ column }} as timestamp) at time zone {{ zone }}) at time zone 'UTC')
{%- endmacro %}
{% macro spark__day_start(column, zone) -%}to_utc_timestamp(cast({{ column }} as timestamp), {{ zone }}){%- endmacro %}

{#- The Monday of a date's ISO week. -#}
{% macro week_of(column) -%}cast(date_trunc('week', {{ column }}) as date){%- endmacro %}

{#- The day of a UTC timestamp in a time zone, which is an expression. -#}
{% macro local_day(column, zone) -%}{{ adapter.dispatch('local_day', 'marketing_kpis')(column, zone) }}{%- endmacro %}
{% macro default__local_day(column, zone) -%}
cast(({{ column }} at time zone 'UTC') at time zone {{ zone }} as date)
{%- endmacro %}
{% macro spark__local_day(column, zone) -%}to_date(from_utc_timestamp({{ column }}, {{ zone }})){%- endmacro %}
