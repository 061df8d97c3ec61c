{# Fails for each value that more than one row has; NULL passes. #}
{% test expect_column_values_to_be_unique(model, column_name, row_condition=None) %}
{%- if execute -%}
select {{ column_name }}, count(*) as n_records
from {{ model }}
{{ dbt_expectations.where_clause([row_condition, column_name ~ ' is not null']) }}
group by {{ column_name }}
having count(*) > 1
{%- endif -%}
{% endtest %}
