-- GA4 events of the export and of dropped files, each once, with the parameters that models need.
with

exported as (
    select * from {{ ref('stg_ga4_export__events') }}
),

dropped as (
    select * from {{ ref('stg_file_drop__ga4_events') }}
),

received as (
    select * from exported
    union all
    select * from dropped
),

typed as (
    select
        property_id,
        date_day,
        event_at,
        event_micros,
        event_name,
        user_pseudo_id,
        -- NULL without consent, and where a server sent the event: int_session_events finds a session for the latter
        user_pseudo_id || '.' || params.ga_session_id.int_value as session_id,
        stream_id,
        device_category,
        country,
        collected_campaign_id,
        collected_campaign_name,
        collected_source,
        collected_medium,
        coalesce(collected_gclid, {{ url_parameter('params.page_location.string_value', 'gclid') }}) as gclid,
        {% for click_id in ['wbraid', 'gbraid', 'msclkid', 'ttclid', 'li_fat_id', 'fbclid'] %}
        {{ url_parameter('params.page_location.string_value', click_id) }} as {{ click_id }},
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
        event_params_text
    from received
    where date_day <= {{ as_of_date() }}
),

-- The vendor exports some events twice, and a dropped file may hold a day that was exported too.
final as (
    select *
    from typed
    qualify
        row_number() over (
            partition by date_day, stream_id, user_pseudo_id, session_id, event_name, event_micros, event_params_text
            order by row_index
        ) = 1
)

select * from final
