{{ config(meta={'is_lookup': true}) }}
{%- set built = previous('int_journey_people') %}
{%- set parts = [
    (ref('int_person_contacts'), [
        'contact_id', 'is_lead', 'lead_at', 'lead_day', 'created_at', 'source_system', 'origin_channel',
        'origin_campaign_id', 'country'
    ], 'lead_day'),
    ('worths', [
        'deal_id', 'won_at', 'order_number', 'revenue_local', 'gross_margin_local', 'fx_rate', 'date_day'
    ], 'date_day'),
    (ref('int_stage_changes'), [
        'stage_id', 'entered_stage', 'entered_at', 'source_system'
    ], business_day('entered_at')),
    (ref('int_click_touches'), [
        'gclid', 'touched_at', 'date_day', 'channel', 'campaign_id', 'campaign_name', 'ad_id', 'ad_name'
    ], 'date_day')
] -%}
-- People whose touchpoints and paths are built anew, among others: those of visits and identifiers that are, and those
-- of whom what the CRM and the ad platforms tell is something else than when they were last built, by a digest of it.
-- Who is nobody any more has none.
with

changed_visits as (
    select * from {{ ref('int_changed_visits') }}
),

components as (
    select * from {{ ref('int_identity_changed_components') }}
),

worths as (
    select
        deals.*,
        rates.fx_rate
    from {{ ref('int_person_deals') }} as deals
    left join {{ ref('int_fx_conversions') }} as rates
        on deals.date_day = rates.date_day and deals.currency_code = rates.currency_code
),

parts as (
    {% for relation, columns, day in parts %}
    select
        person_id,
        {{ row_digest(["'" ~ loop.index ~ "'"] + columns + ([day ~ ' <= ' ~ as_of_date()] if day else [])) }} as digest
    from {{ relation }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

present as (
    select
        person_id,
        bit_xor(digest) as digest
    from parts
    where person_id is not null
    group by person_id
),

known as (
    {% if built -%}
    select
        person_id,
        digest
    from {{ built }}
    where digest is not null
    {%- else -%}
    select
        person_id,
        digest
    from present
    where false
    {%- endif %}
),

compared as (
    select
        coalesce(present.person_id, known.person_id) as person_id,
        present.digest,
        (present.digest is distinct from known.digest) as is_other
    from present
    full join known on present.person_id = known.person_id
),

touched as (
    select person_id
    from {{ ref('fct_sessions') }}
    where session_id in (select changed_visits.session_id from changed_visits)
    union
    select built_person_id as person_id from changed_visits
    union
    select person_id
    from {{ ref('int_person_identifiers') }}
    where node in (select components.node from components)
    union
    select md5(label) as person_id from components
),

final as (
    select
        coalesce(compared.person_id, touched.person_id) as person_id,
        compared.digest,
        touched.person_id is not null or coalesce(compared.is_other, false) as is_changed
    from compared
    full join touched on compared.person_id = touched.person_id
    where compared.person_id is not null or touched.person_id is not null
)

select * from final
