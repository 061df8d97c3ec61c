{# Fails for each row whose value (NULL too) is not in the set. #}
{% test expect_column_values_to_be_in_set(model, column_name, value_set, quote_values=True, row_condition=None) %}
{%- if execute -%}
{%- set literals = dbt_expectations.set_literals('expect_column_values_to_be_in_set', model, column_name, value_set, quote_values) -%}
select {{ dbt_expectations.shown_columns([column_name]) | join(', ') }}
from {{ model }}
{{ dbt_expectations.where_clause([row_condition, column_name ~ ' is null or ' ~ dbt_expectations.comparable(column_name, quote_values) ~ ' not in (' ~ literals | join(', ') ~ ')']) }}
{%- endif -%}
{% endtest %}
