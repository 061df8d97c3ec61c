{# Fails for each combination of values that more than one row has; NULLs are equal to each other here. #}
{% test expect_compound_columns_to_be_unique(model, column_list, quote_columns=False, ignore_row_if="all_values_are_missing", row_condition=None) %}
{%- if execute -%}
{%- set columns = dbt_expectations.column_list('expect_compound_columns_to_be_unique', model, column_list, quote_columns) -%}
select {{ columns | join(', ') }}, count(*) as n_records
from {{ model }}
{{ dbt_expectations.where_clause([row_condition, dbt_expectations.ignored_rows('expect_compound_columns_to_be_unique', model, columns, ignore_row_if)]) }}
group by {{ columns | join(', ') }}
having count(*) > 1
{%- endif -%}
{% endtest %}
