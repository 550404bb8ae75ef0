{#- Values of a column outside of a closed list. -#}
{% test accepted_set(model, column, values) %}
select
    {{ column }},
    count(*) as row_count
from {{ model }}
where {{ column }} is null or {{ column }} not in ('{{ values | join("', '") }}')
group by {{ column }}
{% endtest %}
