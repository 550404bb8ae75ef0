{{ config(meta={'is_lookup': true}) }}
{%- set built = previous('fct_sessions', 'marts') %}
{%- set compared = [
    'person_id', 'channel', 'source', 'medium', 'campaign_id', 'campaign_name', 'channel_rule', 'campaign_rule'
] -%}
{%- set now, then = [], [] -%}
{%- for column in compared -%}
{%- do now.append('sessions.' ~ column) or then.append('built.' ~ column) -%}
{%- endfor -%}
-- Sessions that fct_sessions has to build anew: those that changed themselves, those whose person, channel or campaign
-- is another one now, those whose purchases are worth something else, and with each of them all sessions of the persons
-- that it was and is of, since one of these is the first. Empty where everything is built anew.
-- depends_on: {{ ref('int_session_channels') }}, {{ ref('int_session_revenues') }}, {{ ref('int_person_identifiers') }}
with

{% if built -%}
browsers as (
    select
        identifier_value as user_pseudo_id,
        person_id
    from {{ ref('int_person_identifiers') }}
    where identifier_type = 'ga_client_id'
),

built as (
    select * from {{ built }}
),

sessions as (
    select
        sessions.*,
        browsers.person_id
    from {{ ref('int_session_channels') }} as sessions
    left join browsers on sessions.user_pseudo_id = browsers.user_pseudo_id
),

revenues as (
    select * from {{ ref('int_session_revenues') }}
),

changed as (
    select session_id from {{ ref('int_changed_sessions') }}
    union
    select sessions.session_id
    from sessions
    inner join built on sessions.session_id = built.session_id
    where {{ row_hash(now) }} != {{ row_hash(then) }}
    union
    select built.session_id
    from built
    left join revenues on built.session_id = revenues.session_id
    where
        built.purchases != coalesce(revenues.purchases, 0)
        or built.currency_code is distinct from revenues.currency_code
        or built.revenue_local is distinct from revenues.revenue_local
        or built.revenue_amount != coalesce(revenues.revenue_amount, 0)
),

people as (
    select person_id from sessions
    where session_id in (select changed.session_id from changed)
    union
    select person_id from built
    where session_id in (select changed.session_id from changed)
),

final as (
    select session_id from changed
    union
    select session_id from sessions
    where person_id in (select people.person_id from people)
)

{% else -%}
final as (
    select cast(session_id as string) as session_id
    from {{ ref('int_changed_sessions') }}
    where false
)

{% endif -%}
select * from final
