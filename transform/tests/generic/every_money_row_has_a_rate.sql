{#- Currencies and days in which money stands that no exchange rate covers. -#}
{% test every_money_row_has_a_rate(model) %}
select
    currency_code,
    date_day,
    needed_by
from {{ model }}
where fx_rate is null
{% endtest %}
