{%- set stages = ['mql', 'sql', 'opportunity', 'customer'] -%}
-- Stages that leads entered, by the CRM's history, again too; and by the dates that the contact itself carries, for
-- stages of which there is no history.
with

leads as (
    select * from {{ ref('fct_leads') }}
),

history as (
    select
        leads.person_id,
        leads.lead_id,
        leads.source_system,
        case stages.stage
            when 'marketingqualifiedlead' then 'mql'
            when 'salesqualifiedlead' then 'sql'
            else stages.stage
        end as entered_stage,
        stages.entered_at
    from {{ ref('stg_hubspot__contact_stages') }} as stages
    inner join leads on stages.contact_id = leads.lead_id
),

with_history as (
    select distinct
        lead_id,
        entered_stage
    from history
),

entered as (
    select * from history
    {% for stage in stages %}
    union all
    select
        leads.person_id,
        leads.lead_id,
        leads.source_system,
        '{{ stage }}' as entered_stage,
        leads.{{ stage }}_at as entered_at
    from leads
    left join with_history
        on leads.lead_id = with_history.lead_id and with_history.entered_stage = '{{ stage }}'
    where leads.{{ stage }}_at is not null and with_history.lead_id is null
    {% endfor %}
),

numbered as (
    select
        *,
        row_number() over (partition by lead_id, entered_stage order by entered_at) as entry_number,
        case entered_stage
            {% for stage in stages %}
            when '{{ stage }}' then {{ loop.index }}
            {% endfor %}
            else 0
        end as stage_order
    from entered
    -- that a contact is a lead, is the lead
    where entered_stage not in ('subscriber', 'lead')
),

final as (
    select
        *,
        lead_id || ':' || entered_stage
        || case when entry_number > 1 then ':' || cast(entry_number as string) else '' end as stage_id
    from numbered
)

select * from final
