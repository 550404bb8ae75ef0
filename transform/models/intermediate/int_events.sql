{{ config(materialized='view') }}

-- GA4 events of the export and of dropped files, each once, with the parameters that models need. To write them costs
-- more than to read them from raw again; what later models need of all of them is in int_event_counts.
with

exported as (
    select
        *,
        'ga4_export' as origin
    from {{ ref('stg_ga4_export__events') }}
),

dropped as (
    select
        *,
        'file_drop' as origin
    from {{ ref('stg_file_drop__ga4_events') }}
),

copies as (
    select * from {{ ref('int_event_copies') }}
),

received as (
    select * from exported
    union all
    select * from dropped
),

-- most pages carry no parameter: they need not be searched for each
with_query as (
    select
        *,
        case when params.page_location.string_value like '%=%' then params.page_location.string_value end
            as page_with_query
    from received
    where date_day <= {{ as_of_date() }}
),

typed as (
    select
        property_id,
        date_day,
        event_at,
        event_micros,
        event_name,
        user_pseudo_id,
        has_analytics_consent,
        -- NULL without consent, and where a server sent the event: int_session_events finds a session for the latter
        user_pseudo_id || '.' || params.ga_session_id.int_value as session_id,
        stream_id,
        device_category,
        country,
        collected_campaign_id,
        collected_campaign_name,
        collected_source,
        collected_medium,
        coalesce(collected_gclid, {{ url_parameter('page_with_query', 'gclid') }}) as gclid,
        {% for click_id in ['wbraid', 'gbraid', 'msclkid', 'ttclid', 'li_fat_id', 'fbclid'] %}
        {{ url_parameter('page_with_query', click_id) }} as {{ click_id }},
        {% endfor %}
        session_campaign_id,
        session_campaign_name,
        session_source,
        session_medium,
        session_channel_group,
        session_google_ads_campaign_id,
        params.page_location.string_value as page_location,
        -- the flag comes as text or as a number
        coalesce(params.session_engaged.string_value, params.session_engaged.int_value) as session_engaged,
        cast(params.engagement_time_msec.int_value as bigint) as engagement_msec,
        transaction_id,
        user_id,
        purchase_revenue_local,
        upper(trim(params.currency.string_value)) as currency_code,
        batch_page_id,
        batch_ordering_id,
        batch_event_index,
        row_index,
        origin
    from with_query
),

final as (
    select typed.*
    from typed
    left join copies
        on
            typed.date_day = copies.date_day
            and typed.origin = copies.origin
            and typed.property_id = copies.property_id
            and typed.row_index = copies.row_index
    where copies.row_index is null
)

select * from final
