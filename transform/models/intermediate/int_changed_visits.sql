{{ config(meta={'is_lookup': true}) }}
{%- set built = previous('fct_sessions', 'marts') %}
-- Tables of all sessions and identifiers are named where they are read: as an import, an engine would copy them.
-- Sessions that fct_sessions and int_session_ads have to build anew, with the person that they were of: the touched
-- ones, and with each of them all sessions of the persons that it was and is of, since one of these is the first. Empty
-- where everything is built anew. The touched ones are a table of their own: an engine that does not know how few they
-- are puts all sessions into its hash table instead.
-- depends_on: {{ ref('int_sessions') }}, {{ ref('int_person_identifiers') }}
with

changed as (
    select * from {{ ref('int_touched_visits') }}
),

{% if built -%}
people as (
    select browsers.person_id
    from {{ ref('int_sessions') }} as sessions
    inner join {{ ref('int_person_identifiers') }} as browsers
        on sessions.user_pseudo_id = browsers.identifier_value and browsers.identifier_type = 'ga_client_id'
    where sessions.session_id in (select changed.session_id from changed)
    union
    select person_id
    from {{ built }}
    where session_id in (select changed.session_id from changed) and person_id is not null
),

theirs as (
    select session_id from changed
    union
    select session_id
    from {{ ref('int_sessions') }}
    where
        user_pseudo_id in (
            select browsers.identifier_value from {{ ref('int_person_identifiers') }} as browsers
            where
                browsers.identifier_type = 'ga_client_id'
                and browsers.person_id in (select people.person_id from people)
        )
),

final as (
    select
        theirs.session_id,
        built.person_id as built_person_id
    from theirs
    left join {{ built }} as built on theirs.session_id = built.session_id
)

{% else -%}
final as (
    select
        session_id,
        cast(null as string) as built_person_id
    from changed
    where false
)

{% endif -%}
select * from final
