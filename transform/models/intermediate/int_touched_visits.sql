{{ config(meta={'is_lookup': true}) }}
{%- set built = previous('fct_sessions', 'marts') %}
{%- set looked_up = [
    ('gclid', 'click'), ('google_ads_campaign_id', 'campaign'), ('click_campaign_id', 'campaign'),
    ('utm_campaign_id', 'campaign'), (normalised_name('utm_campaign_name'), 'campaign_name'),
    ('utm_content', 'meta_ad'), (normalised_name('utm_content'), 'meta_ad_name')
] -%}
-- Tables of all sessions and identifiers are named where they are read: as an import, an engine would copy them.
-- Sessions of which fct_sessions and int_session_ads have something else to say: those that changed themselves, those
-- whose person is another one now, those whose campaign, click or ad is not what it was, and those whose purchases are
-- worth something else. Empty where everything is built anew.
-- depends_on: {{ ref('int_sessions') }}, {{ ref('int_visit_lookups') }}, {{ ref('int_session_revenues') }}
-- depends_on: {{ ref('int_person_identifiers') }}, {{ ref('int_identity_changed_components') }}
with

{% if built -%}
revenues as (
    select * from {{ ref('int_session_revenues') }}
),

moved as (
    select
        identifier_value as user_pseudo_id,
        person_id
    from {{ ref('int_person_identifiers') }}
    where
        identifier_type = 'ga_client_id'
        and node in (select changed.node from {{ ref('int_identity_changed_components') }} as changed)
),

looked_up as (
    select
        kind,
        lookup_key
    from {{ ref('int_visit_lookups') }}
    where is_changed
),

final as (
    select session_id from {{ ref('int_changed_sessions') }}
    union
    select built.session_id
    from {{ built }} as built
    inner join moved on built.user_pseudo_id = moved.user_pseudo_id
    where built.person_id is distinct from moved.person_id
    {% for key, kind in looked_up %}
    union
    select session_id
    from {{ ref('int_sessions') }}
    where
        {{ key }} in (
            select looked_up.lookup_key from looked_up
            where looked_up.kind = '{{ kind }}'
        )
    {% endfor %}
    union
    select built.session_id
    from {{ built }} as built
    inner join revenues on built.session_id = revenues.session_id
    where
        built.purchases != revenues.purchases
        or built.currency_code is distinct from revenues.currency_code
        or built.revenue_local is distinct from revenues.revenue_local
        or built.revenue_amount != coalesce(revenues.revenue_amount, 0)
    union
    select session_id
    from {{ built }}
    where purchases > 0 and session_id not in (select revenues.session_id from revenues)
)

{% else -%}
final as (
    select session_id
    from {{ ref('int_changed_sessions') }}
    where false
)

{% endif -%}
select * from final
