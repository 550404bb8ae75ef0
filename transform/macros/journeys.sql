{#- Conversion types, look-backs and path transforms as `[journeys]` of the settings has them; docs/journeys.md. -#}

{#- Days before a conversion of that type in which a touch can be on its path. -#}
{% macro lookback_days(conversion_type) -%}
case {{ conversion_type }}
{%- for rule in var('journey_lookback_days') %} when '{{ rule.conversion_type }}' then {{ rule.days }}
{%- endfor %} else {{ var('attribution_lookback_days') }} end
{%- endmacro %}

{#- Texts as literals for IN; none is a list that nothing is in. -#}
{% macro text_list(values) -%}
{%- if not values -%}null{%- endif -%}
{%- for value in values -%}{{ text_literal(value) }}{{ ', ' if not loop.last }}{%- endfor -%}
{%- endmacro %}

{#- The conversion types of a group of rows as one text, each followed by a bar. -#}
{% macro types_of_group(conversion_type) -%}
{%- for rule in var('journey_lookback_days') -%}
max(case when {{ conversion_type }} = '{{ rule.conversion_type }}' then '{{ rule.conversion_type }}|' else '' end)
{{ '|| ' if not loop.last }}
{%- endfor -%}
{%- endmacro %}

{#- Which touchpoints can stand on a path. -#}
{% macro can_stand_on_path() -%}
touchpoint_type in ({{ text_list(var('journey_credited_touchpoints')) }})
{%- if var('journey_excluded_channels') %} and channel not in ({{ text_list(var('journey_excluded_channels')) }}){% endif %}
{%- if var('journey_engaged_only') %} and is_engaged{% endif %}
{%- if var('journey_minimum_seconds') %} and engagement_seconds >= {{ var('journey_minimum_seconds') }}{% endif %}
{%- endmacro %}

{#- What a path transform needs to see of the rows of a path, as a column of its own. -#}
{% macro path_transform_run(transform) -%}
{%- if transform == 'exposure_path' -%}
row_number() over (partition by path_id order by touch_number)
- row_number() over (partition by path_id, channel order by touch_number)
{%- else -%}
0
{%- endif -%}
{%- endmacro %}

{#- Whether a touch stays on its path when a channel is removed "unless it is all there is". -#}
{% macro stays_on_path(transform, channel) -%}
{%- if transform == 'remove_if_not_all' -%}
channel != {{ text_literal(channel) }}
or max(case when channel != {{ text_literal(channel) }} then 1 else 0 end) over (partition by path_id) = 0
{%- else -%}
touch_number <= coalesce(
    max(case when channel != {{ text_literal(channel) }} then touch_number end) over (partition by path_id),
    touch_number
)
{%- endif -%}
{%- endmacro %}

{#- Whether a conversion is a won deal: what KPIs of sales and return count. -#}
{% macro is_purchase(conversion_type='conversion_type') -%}
{{ conversion_type }} in ('first_purchase', 'repeat_purchase')
{%- endmacro %}

{#- The stages of a qualified lead: the configured one and all behind it. -#}
{% macro qualifying_stages() -%}
{{ "'mql', " if var('journey_qualified_stage') == 'mql' }}'sql', 'opportunity', 'customer', 'evangelist'
{%- endmacro %}
