{{ config(meta={'is_lookup': true}) }}
{%- set built = previous('int_shared_identifiers') %}
-- Identifiers that linked nobody until this build, read before they are found anew. Empty where all is built anew.
with

final as (
    {% if built -%}
    select node from {{ built }}
    {%- else -%}
    select cast(null as string) as node
    where false
    {%- endif %}
)

select * from final
