-- Visits of a business in raw_ga4_export.events, $visits in $days days, of which those numbered from $from_visit up to
-- $to_visit are written: about five events each. Time goes on with the number, so that days come in order. All chance is a hash of the number and of $seed: the same call, the same rows.
insert into raw_ga4_export.events by name
with

touches as (
    select
        number,
        source,
        medium,
        campaign_id,
        campaign_name,
        channel_group,
        click_id
    from (values
        (0, 'google', 'organic', null, null, 'Organic Search', null),
        (1, '(direct)', '(none)', null, null, 'Direct', null),
        (2, 'google', 'cpc', '1001', 'Brand', 'Paid Search', 'gclid'),
        (3, 'google', 'cpc', '1002', 'Generic', 'Paid Search', 'gclid'),
        (4, 'facebook', 'paid_social', '2001', 'Prospecting', 'Paid Social', 'fbclid'),
        (5, 'newsletter', 'email', '3001', 'News', 'Email', null),
        (6, 'partner.example', 'referral', null, null, 'Referral', null),
        (7, 'linkedin.com', 'social', null, null, 'Organic Social', null),
        (8, 'google', 'cpc', '1003', 'Videos', 'Paid Video', 'gclid'),
        (9, 'bing', 'organic', null, null, 'Organic Search', null)
    ) as listed (number, source, medium, campaign_id, campaign_name, channel_group, click_id)
),

drawn as (
    select
        visit,
        -- three visits a browser within sixty days, and a tenth of all by regulars that come for years
        case
            when hash(visit, $seed, 'who') % 10 = 0
                then cast(hash(visit, $seed, 'often') >> 1 as bigint) % greatest($visits // 300, 1)
            else 500000000 + visit // greatest($visits * 60 // $days, 1) * greatest($visits * 20 // $days, 1)
                + cast(hash(visit, $seed, 'once') >> 1 as bigint) % greatest($visits * 20 // $days, 1)
        end as browser,
        $first_second + visit * $days * 86400 // $visits as started,
        hash(visit, $seed, 'touch') % 10 as touch,
        cast(1 + hash(visit, $seed, 'length') % 9 as bigint) as events,
        hash(visit, $seed, 'lead') % 100 < 2 as is_lead,
        hash(visit, $seed, 'consent') % 100 >= 8 as has_consent,
        substr(md5(concat(visit, $seed)), 1, 28) as click
    from range($from_visit, $to_visit) as counted (visit)
),

visits as (
    select
        drawn.*,
        touches.* exclude (number),
        case when has_consent then concat(1000000000 + browser, '.', 1700000000 + browser % 50000000) end as client,
        concat(
            'https://www.shop.example/p/', visit % 40,
            case
                when click_id = 'gclid'
                    then concat('?gad_source=1&gad_campaignid=', campaign_id, '&gclid=Cj0KCQ', click, '_wcB')
                when click_id is not null
                    then concat('?utm_source=', source, '&utm_medium=', medium, '&fbclid=IwAR', click)
                when campaign_id is not null then concat('?utm_source=', source, '&utm_medium=', medium)
                else ''
            end
        ) as landing
    from drawn
    inner join touches on drawn.touch = touches.number
),

numbered as (
    select *, unnest(range(0, events)) as place
    from visits
)

select
    '345678901' as property_id,
    cast(make_timestamp((started + 20 * place) * 1000000) as date) as event_date,
    visit * 10 + place as row_index,
    (started + 20 * place) * 1000000 + visit % 1000 as event_timestamp,
    case
        when place = 0 then 'session_start'
        when place = 2 and is_lead then 'generate_lead'
        when place % 2 = 1 then 'page_view'
        when place % 4 = 2 then 'user_engagement'
        else 'scroll'
    end as event_name,
    concat(
        '{',
        case when has_consent then concat('"ga_session_id":{"int_value":"', started, '"},') end,
        '"ga_session_number":{"int_value":"1"},"page_location":{"string_value":"',
        case when place < 2 then landing else concat('https://www.shop.example/p/', (visit + place) % 40) end,
        '"},"page_referrer":{"string_value":"https://www.shop.example/"},"session_engaged":{"string_value":"',
        case when place > 1 then '1' else '0' end, '"}',
        case when place % 4 = 2 then concat(',"engagement_time_msec":{"int_value":"', 1000 + visit % 30000, '"}') end,
        '}'
    ) as event_params,
    client as user_pseudo_id,
    case when has_consent then 'Yes' else 'No' end as analytics_storage,
    case when has_consent then 'Yes' else 'No' end as ads_storage,
    case visit % 3 when 0 then 'desktop' else 'mobile' end as device_category,
    case visit % 4 when 0 then 'Austria' else 'Germany' end as geo_country,
    'www.shop.example' as hostname,
    '4567890123' as stream_id,
    'WEB' as platform,
    case when place < 2 then source end as collected_source,
    case when place < 2 then medium end as collected_medium,
    case when place < 2 then campaign_name end as collected_campaign_name,
    case when place < 2 and click_id = 'gclid' then concat('Cj0KCQ', click, '_wcB') end as collected_gclid,
    case when has_consent then source end as session_source,
    case when has_consent then medium end as session_medium,
    case when has_consent then campaign_id end as session_campaign_id,
    case when has_consent then campaign_name end as session_campaign_name,
    case when has_consent then channel_group end as session_channel_group,
    place + 1 as batch_event_index,
    1 as batch_ordering_id,
    started * 1000 as batch_page_id,
    '1' as _dlt_load_id,
    $loaded_at as _loaded_at
from numbered
