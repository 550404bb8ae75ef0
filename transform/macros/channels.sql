{#-
    GA4's default channel group of a source, medium and campaign, with the source's category (int_source_categories).
    The order is GA4's: the first rule that holds decides. Rules and order: docs/channels.md.
-#}
{% macro default_channel(source, medium, campaign, category) -%}
{{ adapter.dispatch('default_channel', 'marketing_kpis')(source, medium, campaign, category) }}
{%- endmacro %}
{% macro default__default_channel(source, medium, campaign, category) -%}
{%- set source = 'lower(trim(' ~ source ~ '))' -%}
{%- set medium = 'lower(trim(' ~ medium ~ '))' -%}
{%- set campaign = 'lower(' ~ campaign ~ ')' -%}
{%- set paid = marketing_kpis.matches(medium, '^(.*cp.*|ppc|retargeting|paid.*)$') -%}
{%- set shop = marketing_kpis.matches(campaign, '^(.*(([^a-df-z]|^)shop|shopping).*)$') -%}
{%- set mails = "('email', 'e-mail', 'e_mail', 'e mail')" -%}
case
    when {{ source }} is null and {{ medium }} is null then 'Direct'
    when {{ source }} = '(direct)' and coalesce({{ medium }}, '(none)') in ('(none)', '(not set)') then 'Direct'
    when {{ campaign }} like '%cross-network%' then 'Cross-network'
    when ({{ category }} = 'SOURCE_CATEGORY_SHOPPING' or {{ shop }}) and {{ paid }} then 'Paid Shopping'
    when {{ category }} = 'SOURCE_CATEGORY_SEARCH' and {{ paid }} then 'Paid Search'
    when {{ category }} = 'SOURCE_CATEGORY_SOCIAL' and {{ paid }} then 'Paid Social'
    when {{ category }} = 'SOURCE_CATEGORY_VIDEO' and {{ paid }} then 'Paid Video'
    when {{ medium }} in ('display', 'banner', 'expandable', 'interstitial', 'cpm') then 'Display'
    when {{ paid }} then 'Paid Other'
    when {{ category }} = 'SOURCE_CATEGORY_SHOPPING' or {{ shop }} then 'Organic Shopping'
    when
        {{ category }} = 'SOURCE_CATEGORY_SOCIAL'
        or {{ medium }} in ('social', 'social-network', 'social-media', 'sm', 'social network', 'social media')
        then 'Organic Social'
    when {{ category }} = 'SOURCE_CATEGORY_VIDEO' or {{ medium }} like '%video%' then 'Organic Video'
    when {{ category }} = 'SOURCE_CATEGORY_SEARCH' or {{ medium }} = 'organic' then 'Organic Search'
    when
        {{ medium }} = 'ai-assistant'
        or (
            {{ category }} = 'SOURCE_CATEGORY_AI_ASSISTANT'
            and coalesce({{ medium }}, '(not set)') in ('(not set)', '(none)', 'referral')
        )
        then 'AI Assistant'
    when {{ medium }} in ('referral', 'app', 'link') then 'Referral'
    when {{ source }} in {{ mails }} or {{ medium }} in {{ mails }} then 'Email'
    when {{ medium }} = 'affiliate' then 'Affiliates'
    when {{ medium }} = 'audio' then 'Audio'
    when {{ source }} = 'sms' or {{ medium }} = 'sms' then 'SMS'
    when
        {{ medium }} like '%push' or {{ medium }} like '%mobile%' or {{ medium }} like '%notification%'
        or {{ source }} = 'firebase'
        then 'Mobile Push Notifications'
    else 'Unassigned'
end
{%- endmacro %}

{#-
    The first configured rule whose every condition holds: its number, or NULL. A condition is a regular expression that
    the whole value has to match, in any case. What is unknown carries GA4's own words for it.
-#}
{% macro custom_channel_rule(source, medium, campaign, landing_page) -%}
{{ adapter.dispatch('custom_channel_rule', 'marketing_kpis')(source, medium, campaign, landing_page) }}
{%- endmacro %}
{% macro default__custom_channel_rule(source, medium, campaign, landing_page) -%}
{%- set columns = {
    'source': "coalesce(" ~ source ~ ", case when " ~ medium ~ " is null then '(direct)' else '(not set)' end)",
    'medium': "coalesce(" ~ medium ~ ", case when " ~ source ~ " is null then '(none)' else '(not set)' end)",
    'campaign': "coalesce(" ~ campaign ~ ", '(not set)')",
    'landing_page': "coalesce(" ~ landing_page ~ ", '(not set)')"
} -%}
{% if var('channel_rules') -%}
case
    {% for rule in var('channel_rules') -%}
    when
        {% for field, column in columns.items() if rule[field] -%}
        {{ "and " if not loop.first }}{{ marketing_kpis.matches(column, '(?i)^(?:' ~ rule[field] ~ ')$') }}
        {% endfor -%}
        then {{ loop.index }}
    {% endfor -%}
end
{%- else -%}
cast(null as bigint)
{%- endif %}
{%- endmacro %}

{#- The channel of a configured rule's number. -#}
{% macro custom_channel(rule_number) -%}
{{ adapter.dispatch('custom_channel', 'marketing_kpis')(rule_number) }}
{%- endmacro %}
{% macro default__custom_channel(rule_number) -%}
{% if var('channel_rules') -%}
case {{ rule_number }}
    {% for rule in var('channel_rules') -%}
    when {{ loop.index }} then {{ marketing_kpis.text_literal(rule.channel) }}
    {% endfor -%}
end
{%- else -%}
cast(null as string)
{%- endif %}
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
