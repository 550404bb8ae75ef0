-- Sessions that GA4 reports for a day beside those of the exported events, counted GA4's way: a session that lasts over
-- midnight on both days. Days before the export was linked have nothing to compare.
with

reported as (
    select * from {{ ref('stg_ga4__day_totals') }}
    where date_day <= {{ as_of_date() }}
),

sessions as (
    select * from {{ ref('int_sessions') }}
    where session_rule = 'ga_session_id'
),

-- two days are all that a session can touch in practice: it ends with the first pause
session_days as (
    select
        property_id,
        date_day,
        is_engaged
    from sessions
    union all
    select
        property_id,
        last_day as date_day,
        is_engaged
    from sessions
    where last_day > date_day
),

exported as (
    select
        property_id,
        date_day,
        count(*) as exported_sessions,
        count(case when is_engaged then 1 end) as exported_engaged_sessions
    from session_days
    group by property_id, date_day
),

spans as (
    select
        property_id,
        min(date_day) as first_day,
        max(date_day) as newest_day
    from exported
    group by property_id
),

compared as (
    select
        reported.property_id,
        reported.date_day,
        reported.sessions as reported_sessions,
        coalesce(exported.exported_sessions, 0) as exported_sessions,
        reported.engaged_sessions as reported_engaged_sessions,
        coalesce(exported.exported_engaged_sessions, 0) as exported_engaged_sessions,
        -- the export rewrites a day for 72 hours, and reports may move for two days
        reported.date_day < {{ as_of_date() }} - interval 3 day as is_final
    from reported
    inner join spans
        on
            reported.property_id = spans.property_id
            and reported.date_day between spans.first_day and spans.newest_day
    left join exported on reported.property_id = exported.property_id and reported.date_day = exported.date_day
),

final as (
    select
        property_id,
        date_day,
        reported_sessions,
        exported_sessions,
        exported_sessions - reported_sessions as gap,
        {{ ratio('exported_sessions - reported_sessions', 'reported_sessions') }} as gap_rate,
        reported_engaged_sessions,
        exported_engaged_sessions,
        is_final,
        abs(exported_sessions - reported_sessions) <= greatest(
            {{ var('session_gap_count') }}, {{ var('session_gap_rate') }} * reported_sessions
        ) as is_within_tolerance
    from compared
)

select * from final
