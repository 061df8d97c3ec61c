{# Fails for each distinct value (NULL too) that is not in the set, with the number of its rows. #}
{% test expect_column_distinct_values_to_be_in_set(model, column_name, value_set, quote_values=True, row_condition=None) %}
{%- if execute -%}
{%- set literals = dbt_expectations.set_literals('expect_column_distinct_values_to_be_in_set', model, column_name, value_set, quote_values) -%}
select {{ column_name }}, count(*) as row_count
from {{ model }}
{{ dbt_expectations.where_clause([row_condition, column_name ~ ' is null or ' ~ dbt_expectations.comparable(column_name, quote_values) ~ ' not in (' ~ literals | join(', ') ~ ')']) }}
group by {{ column_name }}
{%- endif -%}
{% endtest %}
