with

leads as (
    select * from {{ ref('fct_leads') }}
),

entries as (
    {% for stage in ['mql', 'sql'] %}
    select
        lead_id,
        person_id,
        '{{ stage }}' as stage,
        {{ stage }}_at as entered_at,
        channel,
        campaign_id,
        source_system,
        country
    from leads
    where {{ stage }}_at is not null
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

final as (
    select
        {{ surrogate_key(['lead_id', 'stage']) }} as qualified_lead_key,
        lead_id,
        person_id,
        stage,
        entered_at,
        {{ business_day('entered_at') }} as date_day,
        channel,
        campaign_id,
        source_system,
        country
    from entries
    where {{ business_day('entered_at') }} <= {{ as_of_date() }}
)

select * from final
