{{ config(
    materialized='incremental',
    incremental_strategy='replace',
    unique_key='person_id',
    changed='int_changed_people',
    on_schema_change='fail'
) }}

-- depends_on: {{ ref('int_changed_people') }}
-- The first touch is the first session, unless the first purchase came before it: then the CRM knows more.
with

persons as (
    select distinct person_id from {{ ref('int_person_identifiers') }}
    {% if is_incremental() -%}
    where person_id in (select changed.person_id from {{ ref('int_changed_people') }} as changed)
    {%- endif %}
),

purchases as (
    select
        person_id,
        min(won_at) as first_purchase_at
    from {{ ref('int_person_deals') }}
    group by person_id
),

first_sessions as (
    select * from {{ ref('fct_sessions') }}
    where
        is_new_visitor
        {% if is_incremental() -%}
        and person_id in (select changed.person_id from {{ ref('int_changed_people') }} as changed)
        {%- endif %}
),

contacts as (
    select
        person_id,
        min(lead_at) as lead_at,
        min(created_at) as created_at,
        min_by(country, created_at) filter (where country is not null) as country
    from {{ ref('int_person_contacts') }}
    where is_lead
    group by person_id
),

-- One contact gives both: min_by of each would take the campaign of a later one where the first has none.
origins as (
    select
        person_id,
        origin_channel,
        origin_campaign_id
    from {{ ref('int_person_contacts') }}
    where is_lead and origin_channel is not null
    qualify row_number() over (partition by person_id order by created_at, contact_id) = 1
),

joined as (
    select
        persons.person_id,
        contacts.lead_at,
        contacts.created_at,
        origins.origin_channel,
        origins.origin_campaign_id,
        contacts.country as contact_country,
        purchases.first_purchase_at,
        first_sessions.session_started_at,
        first_sessions.channel as session_channel,
        first_sessions.campaign_id as session_campaign_id,
        first_sessions.country as session_country,
        coalesce(first_sessions.session_started_at <= purchases.first_purchase_at, true)
        and first_sessions.session_id is not null as is_session_first
    from persons
    left join purchases on persons.person_id = purchases.person_id
    left join contacts on persons.person_id = contacts.person_id
    left join origins on persons.person_id = origins.person_id
    left join first_sessions on persons.person_id = first_sessions.person_id
),

final as (
    select
        person_id,
        case
            when is_session_first then least(session_started_at, coalesce(created_at, session_started_at))
            else coalesce(least(created_at, first_purchase_at), created_at, first_purchase_at)
        end as first_touch_at,
        case
            when is_session_first then session_channel
            else coalesce(origin_channel, '(unattributed)')
        end as first_channel,
        case
            when is_session_first then session_campaign_id
            else origin_campaign_id
        end as first_campaign_id,
        lead_at,
        first_purchase_at,
        first_purchase_at is not null as is_customer,
        coalesce(contact_country, session_country) as country
    from joined
)

-- a contact that was deleted and never seen otherwise is nobody
select * from final
where first_touch_at is not null
