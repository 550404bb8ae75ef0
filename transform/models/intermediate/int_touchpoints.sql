-- Everything that happened with a person, whichever journey it belongs to. Won deals are added by the journey itself.
with

sessions as (
    select * from {{ ref('fct_sessions') }}
),

leads as (
    select * from {{ ref('fct_leads') }}
),

persons as (
    select * from {{ ref('dim_person') }}
),

stage_changes as (
    {% for stage in ['mql', 'sql', 'opportunity', 'customer'] %}
    select
        leads.person_id,
        leads.lead_id,
        leads.source_system,
        '{{ stage }}' as entered_stage,
        {{ loop.index }} as stage_order,
        leads.{{ stage }}_at as touched_at
    from leads
    {% if stage == 'customer' -%}
    -- a won deal says the same, with its value
    inner join persons on leads.person_id = persons.person_id and not persons.is_customer
    {% endif -%}
    where leads.{{ stage }}_at is not null
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

final as (
    select
        person_id,
        'session' as touchpoint_type,
        session_id as touchpoint_key,
        session_started_at as touched_at,
        date_day,
        0 as tie_order,
        channel,
        source,
        medium,
        campaign_id,
        campaign_name,
        session_id,
        is_new_visitor
    from sessions
    union all
    select
        leads.person_id,
        'lead' as touchpoint_type,
        leads.lead_id as touchpoint_key,
        leads.lead_at as touched_at,
        leads.date_day,
        1 as tie_order,
        persons.first_channel as channel,
        leads.source_system as source,
        cast(null as string) as medium,
        cast(null as string) as campaign_id,
        cast(null as string) as campaign_name,
        cast(null as string) as session_id,
        false as is_new_visitor
    from leads
    inner join persons on leads.person_id = persons.person_id
    union all
    select
        stage_changes.person_id,
        'stage_change' as touchpoint_type,
        stage_changes.lead_id || ':' || stage_changes.entered_stage as touchpoint_key,
        stage_changes.touched_at,
        {{ business_day('stage_changes.touched_at') }} as date_day,
        1 + stage_changes.stage_order as tie_order,
        persons.first_channel as channel,
        stage_changes.source_system as source,
        stage_changes.entered_stage as medium,
        cast(null as string) as campaign_id,
        cast(null as string) as campaign_name,
        cast(null as string) as session_id,
        false as is_new_visitor
    from stage_changes
    inner join persons on stage_changes.person_id = persons.person_id
)

select * from final
where date_day <= {{ as_of_date() }}
