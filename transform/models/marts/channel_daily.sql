-- Each fact gives its columns by day and channel; the sum of them is the row. A day without a row in a fact is a zero,
-- but a fact without any row has no source that is connected: its columns are unknown, and NULL.
{% set measures = [
    ('spend_amount', 'decimal(18, 6)'), ('impressions', 'bigint'), ('clicks', 'bigint'),
    ('sessions', 'bigint'), ('engaged_sessions', 'bigint'), ('converting_sessions', 'bigint'),
    ('new_visitors', 'bigint'), ('leads', 'bigint'), ('new_customers', 'bigint'), ('orders', 'bigint'),
    ('revenue_amount', 'decimal(18, 6)'), ('attributed_conversions', 'double'),
    ('attributed_revenue_amount', 'decimal(18, 6)')
] %}
{% set facts = [
    ('fct_ad_spend', {
        'spend_amount': 'spend_amount', 'impressions': 'impressions', 'clicks': 'clicks'
    }),
    ('fct_sessions', {
        'sessions': '1', 'engaged_sessions': 'case when is_engaged then 1 else 0 end',
        'converting_sessions': 'case when is_converting then 1 else 0 end',
        'new_visitors': 'case when is_new_visitor then 1 else 0 end'
    }),
    ('fct_leads', {'leads': '1'}),
    ('fct_orders', {
        'orders': '1', 'new_customers': 'case when is_first_purchase then 1 else 0 end',
        'revenue_amount': 'revenue_amount'
    }),
    ('fct_attribution', {
        'attributed_conversions': 'credited_conversions', 'attributed_revenue_amount': 'credited_value'
    })
] %}
with

parts as (
    {% for fact, columns in facts %}
    select
        date_day,
        {% for measure, type in measures %}
        cast({{ columns.get(measure, 'null') }} as {{ type }}) as {{ measure }},
        {% endfor %}
        channel
    from {{ ref(fact) }}
    {% if fact == 'fct_attribution' %}where model = '{{ var("attribution_model") }}' and {{ is_purchase() }}{% endif %}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

sums as (
    select
        date_day,
        {% for measure, type in measures %}
        {{ exact_sum(measure) if type == 'double' else 'cast(sum(' ~ measure ~ ') as ' ~ type ~ ')' }} as {{ measure }},
        {% endfor %}
        channel
    from parts
    group by date_day, channel
),

final as (
    select
        date_day,
        {% for measure, type in measures %}
        {% set known = 'coalesce(' ~ measure ~ ', case when count(' ~ measure ~ ') over () > 0 then 0 end)' %}
        {% if measure.startswith('attributed') %}
        -- credit goes to sessions: without any, no channel's part is known
        case when channel = '(unattributed)' or count(sessions) over () > 0 then {{ known }} end as {{ measure }},
        {% else %}
        {{ known }} as {{ measure }},
        {% endif %}
        {% endfor %}
        channel
    from sums
)

select * from final
