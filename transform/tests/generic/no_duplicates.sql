{#- Combinations of columns that occur more than once; NULLs do not count. -#}
{% test no_duplicates(model, columns) %}
select
    {{ columns | join(', ') }},
    count(*) as row_count
from {{ model }}
where true{% for column in columns %} and {{ column }} is not null{% endfor %}
group by {{ columns | join(', ') }}
having count(*) > 1
{% endtest %}
