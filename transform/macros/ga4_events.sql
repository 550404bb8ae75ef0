{#-
    The columns of a GA4 event that models use; the export and the file drop share them. Whoever refused consent is nobody:
    an identifier that such an event carries all the same is not taken.
-#}
{% macro ga4_event_columns(relation) -%}
select
    property_id,
    event_date as date_day,
    row_index,
    {{ from_micros('event_timestamp') }} as event_at,
    event_timestamp as event_micros,
    event_name,
    case when analytics_storage = 'No' then null else user_pseudo_id end as user_pseudo_id,
    case when analytics_storage = 'No' then null else user_id end as user_id,
    stream_id,
    -- where the property asks nobody, a client id is as good as consent
    coalesce(analytics_storage = 'Yes', user_pseudo_id is not null) as has_analytics_consent,
    device_category,
    geo_country as country,
    collected_campaign_id,
    collected_campaign_name,
    collected_source,
    collected_medium,
    collected_gclid,
    transaction_id,
    {{ money('purchase_revenue') }} as purchase_revenue_local,
    session_campaign_id,
    session_campaign_name,
    session_source,
    session_medium,
    session_channel_group,
    session_google_ads_customer_id,
    session_google_ads_campaign_id,
    batch_page_id,
    batch_ordering_id,
    batch_event_index,
    _dlt_load_id as load_id,
    _loaded_at as loaded_at,
    event_params as event_params_text,
    {{ event_params('event_params', [
        'ga_session_id', 'page_location', 'session_engaged', 'engagement_time_msec', 'currency'
    ]) }} as params
from {{ relation }}
{%- endmacro %}
