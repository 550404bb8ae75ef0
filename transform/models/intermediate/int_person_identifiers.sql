{{ config(
    materialized='incremental',
    incremental_strategy='replace',
    unique_key='node',
    changed='int_identity_changed_components',
    on_schema_change='fail'
) }}
{%- set rules = [
    'crm_merge', 'contact_field', 'further_email', 'order', 'login_by_email', 'login', 'purchase', 'session'
] -%}
-- Every identifier with its person and the link that ties it to the next one on the way to the first.
-- depends_on: {{ ref('int_identity_changed_components') }}
with

labels as (
    select * from {{ ref('int_identity_labels') }}
    where
        replaced_by is null
        {% if is_incremental() -%}
        and node in (select changed.node from {{ ref('int_identity_changed_components') }} as changed)
        {%- endif %}
),

edges as (
    select * from {{ ref('int_identity_edges') }}
    {% if is_incremental() -%}
    where right_node in (select changed.node from {{ ref('int_identity_changed_components') }} as changed)
    {%- endif %}
),

-- what says most about an identifier comes first
carried as (
    select
        right_node as node,
        min(
            case rule
                {% for rule in rules -%}
                when '{{ rule }}' then {{ loop.index }}
                {% endfor -%}
            end
        ) as rule_number
    from edges
    group by right_node
),

final as (
    select
        labels.node,
        md5(labels.label) as person_id,
        {{ identifier_type('labels.node') }} as identifier_type,
        substr(labels.node, 3) as identifier_value,
        case carried.rule_number
            {% for rule in rules -%}
            when {{ loop.index }} then '{{ rule }}'
            {% endfor -%}
            else case
                when {{ is_node_of('labels.node', 'contact_id') }} then 'crm_contact'
                when {{ is_node_of('labels.node', 'ga_client_id') }} then 'visitor'
                else 'deal_without_contact'
            end
        end as rule,
        labels.first_seen_at,
        {{ identifier_type('labels.linked_node') }} as linked_identifier_type,
        substr(labels.linked_node, 3) as linked_identifier_value,
        labels.link_rule,
        labels.link_seen_at
    from labels
    left join carried on labels.node = carried.node
)

select * from final
