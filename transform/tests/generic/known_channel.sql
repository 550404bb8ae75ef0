{#- Channels that dim_channel does not know. -#}
{% test known_channel(model, column) %}
select
    facts.{{ column }} as channel,
    count(*) as row_count
from {{ model }} as facts
left join {{ ref('dim_channel') }} as channels on facts.{{ column }} = channels.channel
where channels.channel is null
group by facts.{{ column }}
{% endtest %}
