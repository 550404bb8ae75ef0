{#- Increments: a model that writes only what changed anew. docs/decisions tells how it knows what that is. -#}

{#-
    The strategy of our incremental models: the rows whose `unique_key` is in the model's `changed` relation go, and
    what the query gives comes. So a day, a session or a person that has become empty goes too, which no merge does.
    `changed` must name a model that the query itself refers to. So must `also_changed.once`: where that has a row, rows
    that meet the condition `also_changed.rows` go too.
-#}
{% macro get_incremental_replace_sql(arg_dict) -%}
{%- set also = config.get('also_changed') -%}
{{ adapter.dispatch('replace_changed', 'marketing_kpis')(
    arg_dict, ref(config.get('changed')), also.rows if also, ref(also.once) if also
) }}
{%- endmacro %}
{% macro default__replace_changed(arg_dict, changed, rows=none, once=none) -%}
{%- set key = arg_dict['unique_key'] -%}
{%- set columns = arg_dict['dest_columns'] | map(attribute='quoted') | join(', ') -%}
delete from {{ arg_dict['target_relation'] }} where {{ key }} in (select {{ key }} from {{ changed }});
{% if once -%}
delete from {{ arg_dict['target_relation'] }} where {{ rows }} and exists (select 1 from {{ once }});
{% endif -%}
insert into {{ arg_dict['target_relation'] }} ({{ columns }}) (select {{ columns }} from {{ arg_dict['temp_relation'] }})
{%- endmacro %}

{#-
    A table as the last build left it; none where there is none, or where everything is built anew. Not a reference:
    whoever uses it must be built before the table, so the table's model refers to it; or it is the table's own model.
-#}
{% macro previous(name, schema=none) -%}
{%- if execute and not flags.FULL_REFRESH -%}
{{ return(adapter.get_relation(this.database, schema or this.schema, name)) }}
{%- endif -%}
{{ return(none) }}
{%- endmacro %}

{#- A condition that leaves no row where everything is built anew: then nobody asks what changed. -#}
{% macro nothing_of_a_full_build() -%}
{%- if execute and flags.FULL_REFRESH -%}where false{%- endif -%}
{%- endmacro %}

{#-
    dbt-duckdb makes the temporary table of an incremental Python model in the file itself, in `main`, and leaves it
    there: one more with every build. To be called after such a model.
-#}
{% macro drop_left_temporary() -%}
{%- if execute -%}
{%- set found -%}
select table_name from duckdb_tables()
where database_name = '{{ this.database }}' and schema_name = 'main' and table_name like '{{ this.identifier }}__dbt_tmp%'
{%- endset -%}
{%- for table in run_query(found).columns[0].values() %}
drop table "{{ this.database }}".main."{{ table }}";
{%- endfor -%}
{%- endif -%}
{%- endmacro %}
