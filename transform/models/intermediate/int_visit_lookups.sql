{{ config(meta={'is_lookup': true}) }}
{%- set built = previous('int_visit_lookups') %}
{%- set campaign = [
    'platform', 'account_id', 'campaign_id', 'campaign_name', 'channel', 'is_name_unique', 'is_id_unique'
] -%}
{%- set kinds = [
    ('campaign', ref('int_campaigns'), 'campaign_id', campaign),
    ('campaign_name', ref('int_campaigns'), 'matching_name', campaign),
    ('click', ref('int_ad_clicks'), 'gclid', [
        'date_day', 'clicked_at', 'channel', 'campaign_id', 'campaign_name', 'ad_group_id', 'ad_id', 'ad_name'
    ]),
    ('click', ref('stg_google_ads__click_view'), 'gclid', ['date_day', 'campaign_id']),
    ('meta_ad', ref('stg_meta_ads__ads'), 'ad_id', ['adset_id', 'campaign_id', 'ad_name']),
    ('meta_ad_name', ref('stg_meta_ads__ads'), normalised_name('ad_name'), ['ad_id', 'adset_id', 'campaign_id'])
] -%}
-- What sessions are looked up in for their campaign and ad, by what they are looked up by, and whether it is another
-- one than when sessions were last built. What is no more has no digest.
with

marks as (
    {% for kind, relation, key, columns in kinds %}
    select
        '{{ kind }}' as kind,
        {{ key }} as lookup_key,
        {{ row_digest(["'" ~ loop.index ~ "'"] + columns) }} as digest
    from {{ relation }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

present as (
    select
        kind,
        lookup_key,
        bit_xor(digest) as digest
    from marks
    where lookup_key is not null
    group by kind, lookup_key
),

known as (
    {% if built -%}
    select
        kind,
        lookup_key,
        digest
    from {{ built }}
    where digest is not null
    {%- else -%}
    select
        kind,
        lookup_key,
        digest
    from present
    where false
    {%- endif %}
),

final as (
    select
        coalesce(present.kind, known.kind) as kind,
        coalesce(present.lookup_key, known.lookup_key) as lookup_key,
        present.digest,
        (present.digest is distinct from known.digest) as is_changed
    from present
    full join known on present.kind = known.kind and present.lookup_key = known.lookup_key
)

select * from final
