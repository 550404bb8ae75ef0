{{ config(meta={'is_lookup': true}) }}

-- What kind of site each known source is: Google's list with the project's additions, and over both the configuration.
with

published as (
    select * from {{ ref('source_categories') }}
),

configured as (
    {% for entry in var('source_categories') %}
    select
        {{ text_literal(entry.source) }} as source,
        'SOURCE_CATEGORY_{{ entry.category }}' as source_category
    {% if not loop.last %}union all{% endif %}
    {% else %}
    select
        source,
        source_category
    from published
    where false
    {% endfor %}
),

final as (
    select
        source,
        source_category
    from configured
    where source_category <> 'SOURCE_CATEGORY_NONE'
    union all
    select
        published.source,
        published.source_category
    from published
    left join configured on published.source = configured.source
    where configured.source is null
)

select * from final
