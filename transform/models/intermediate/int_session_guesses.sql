{{ config(materialized='view') }}

{%- set built = previous('fct_sessions', 'marts') %}
-- What channel a session seems to be: by a configured rule, else by GA4's own group, else by GA4's default rules; and
-- what its click id says, with whether it may say more than the first guess. Where the build goes on from the last one,
-- of the sessions that are built anew alone: no engine brings that condition down here past all that is joined later.
-- depends_on: {{ ref('int_changed_visits') }}
with

sessions as (
    select * from {{ ref('int_sessions') }}
    {% if built -%}
    where session_id in (select changed.session_id from {{ ref('int_changed_visits') }} as changed)
    {%- endif %}
),

source_categories as (
    select * from {{ ref('int_source_categories') }}
),

click_ids as (
    select * from {{ ref('click_ids') }}
),

categorised as (
    select
        sessions.*,
        source_categories.source_category
    from sessions
    left join source_categories on lower(trim(sessions.source)) = source_categories.source
),

ruled as (
    select
        *,
        {{ custom_channel_rule('source', 'medium', 'utm_campaign_name', 'landing_page') }} as custom_rule
    from categorised
),

guessed as (
    select
        *,
        -- one expression, so that the default rules are asked only where nothing else tells
        coalesce(
            {{ custom_channel('custom_rule') }},
            reported_channel,
            {{ default_channel('source', 'medium', 'utm_campaign_name', 'source_category') }}
        ) as first_guess
    from ruled
),

final as (
    select
        guessed.*,
        click_ids.platform as click_platform,
        click_ids.proves_payment,
        click_ids.source as click_source,
        click_ids.medium as click_medium,
        click_ids.channel as click_channel,
        -- an owner's own rule and own tags stand; a channel of which nothing is known never does
        guessed.custom_rule is null
        and (
            guessed.first_guess = 'Unassigned'
            or (
                not coalesce(guessed.is_tagged, false)
                and (
                    guessed.first_guess in ('Direct', 'Referral')
                    or '|' || click_ids.organic_channels || '|' like '%|' || guessed.first_guess || '|%'
                )
            )
        ) as is_open_to_repair
    from guessed
    left join click_ids on guessed.click_id_type = click_ids.click_id
)

select * from final
