{#-
    GA4's default channel groups by source, medium and campaign, for sessions that carry no group of their own.
    The order is GA4's: the first rule that holds decides.
-#}
{% macro default_channel(source_column, medium_column, campaign_column) -%}
{%- set source = 'lower(' ~ source_column ~ ')' -%}
{%- set medium = 'lower(' ~ medium_column ~ ')' -%}
{%- set campaign = 'lower(' ~ campaign_column ~ ')' -%}
{%- set paid = matches(medium, '^(.*cp.*|ppc|retargeting|paid.*)$') -%}
{%- set search = source ~ " in ('google', 'bing', 'yahoo', 'duckduckgo', 'ecosia', 'qwant', 'baidu', 'yandex', 'startpage')" -%}
{%- set social = matches(source, '(^|[.])(facebook|instagram|meta|linkedin|twitter|x|t.co|tiktok|pinterest|reddit|threads|xing)([.]com)?$') ~ " or " ~ source ~ " in ('fb', 'ig', 'l.facebook.com', 'lm.facebook.com', 'm.facebook.com', 't.co', 'lnkd.in')" -%}
{%- set video = source ~ " in ('youtube', 'youtube.com', 'vimeo', 'vimeo.com', 'twitch', 'dailymotion')" -%}
{%- set shop = source ~ " in ('amazon', 'amazon.com', 'amazon.de', 'ebay', 'idealo', 'shopping.google.com')" -%}
{%- set assistant = matches(source, '(chatgpt|openai|perplexity|gemini|copilot|claude)') -%}
case
    when {{ source }} is null and {{ medium }} is null then 'Direct'
    when {{ source }} = '(direct)' and coalesce({{ medium }}, '(none)') in ('(none)', '(not set)') then 'Direct'
    when {{ matches(campaign, 'cross-network') }} then 'Cross-network'
    when ({{ shop }}) and {{ paid }} then 'Paid Shopping'
    when ({{ search }}) and {{ paid }} then 'Paid Search'
    when ({{ social }}) and {{ paid }} then 'Paid Social'
    when ({{ video }}) and {{ paid }} then 'Paid Video'
    when {{ medium }} in ('display', 'banner', 'expandable', 'interstitial', 'cpm') then 'Display'
    when {{ paid }} then 'Paid Other'
    when {{ shop }} then 'Organic Shopping'
    when ({{ social }}) or {{ medium }} in ('social', 'social-network', 'social-media', 'sm') then 'Organic Social'
    when ({{ video }}) or {{ matches(medium, 'video') }} then 'Organic Video'
    when ({{ search }}) or {{ medium }} = 'organic' then 'Organic Search'
    when {{ assistant }} then 'AI Assistant'
    when {{ source }} in ('email', 'e-mail', 'newsletter') or {{ medium }} in ('email', 'e-mail', 'e_mail') then 'Email'
    when {{ medium }} = 'affiliate' then 'Affiliates'
    when {{ medium }} in ('referral', 'app', 'link') then 'Referral'
    when {{ medium }} = 'audio' then 'Audio'
    when {{ source }} = 'sms' or {{ medium }} = 'sms' then 'SMS'
    when {{ matches(medium, '(push$|mobile|notification)') }} then 'Mobile Push Notifications'
    else 'Unassigned'
end
{%- endmacro %}

{#- The channel that a Google Ads campaign pays for, by its type. -#}
{% macro google_ads_channel(channel_type) -%}
case {{ channel_type }}
    when 'SEARCH' then 'Paid Search'
    when 'DISPLAY' then 'Display'
    when 'VIDEO' then 'Paid Video'
    when 'SHOPPING' then 'Paid Shopping'
    when 'PERFORMANCE_MAX' then 'Cross-network'
    when 'DEMAND_GEN' then 'Cross-network'
    when 'MULTI_CHANNEL' then 'Cross-network'
    else 'Paid Other'
end
{%- endmacro %}

{#- The CRM's original source (HubSpot's words) as a channel; NULL where it says nothing about one. -#}
{% macro crm_source_channel(column) -%}
case {{ column }}
    when 'PAID_SEARCH' then 'Paid Search'
    when 'PAID_SOCIAL' then 'Paid Social'
    when 'ORGANIC_SEARCH' then 'Organic Search'
    when 'SOCIAL_MEDIA' then 'Organic Social'
    when 'EMAIL_MARKETING' then 'Email'
    when 'REFERRALS' then 'Referral'
    when 'AI_REFERRALS' then 'AI Assistant'
    when 'DIRECT_TRAFFIC' then 'Direct'
    when 'OTHER_CAMPAIGNS' then 'Paid Other'
end
{%- endmacro %}
