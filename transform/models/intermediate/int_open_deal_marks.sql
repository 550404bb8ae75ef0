{{ config(meta={'is_lookup': true}) }}
{%- set built = previous('int_open_deal_marks') %}
{%- set columns = [
    'entry_number', 'date_day', 'last_day', 'contact_id', 'source_system', 'pipeline_id', 'stage_id', 'stage_label',
    'display_order', 'portal_win_rate', 'currency_code', 'open_local'
] -%}
-- Deals with a digest of the stages in which they were open, and whether it is another one than when they were last
-- built: of a deal that is still open, each day. A deal that was never open or is no more has none.
with

stages as (
    select * from {{ ref('int_open_stages') }}
),

present as (
    select
        deal_id,
        bit_xor({{ row_digest(columns) }}) as digest
    from stages
    group by deal_id
),

known as (
    {% if built -%}
    select
        deal_id,
        digest
    from {{ built }}
    where digest is not null
    {%- else -%}
    select
        deal_id,
        digest
    from present
    where false
    {%- endif %}
),

final as (
    select
        coalesce(present.deal_id, known.deal_id) as deal_id,
        present.digest,
        (present.digest is distinct from known.digest) as is_changed
    from present
    full join known on present.deal_id = known.deal_id
)

select * from final
