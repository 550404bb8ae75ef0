{#- Rows that point at nothing. -#}
{% test references(model, column, to, field) %}
select facts.{{ column }}
from {{ model }} as facts
left join {{ to }} as targets on facts.{{ column }} = targets.{{ field }}
where facts.{{ column }} is not null and targets.{{ field }} is null
{% endtest %}
