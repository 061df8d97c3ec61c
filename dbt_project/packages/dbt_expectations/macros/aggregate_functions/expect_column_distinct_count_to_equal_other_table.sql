{# Fails where a column has not as many distinct values as one of another table (or another column of this one). #}
{% test expect_column_distinct_count_to_equal_other_table(model, column_name, compare_model, compare_column_name, row_condition=None,
      compare_row_condition=None) %}
{%- if execute -%}
{{ dbt_expectations.different_aggregates(
  'expect_column_distinct_count_to_equal_other_table', model, 'count(distinct ' ~ column_name ~ ')', compare_model, 'count(distinct ' ~ (compare_column_name or column_name) ~ ')',
  row_condition=row_condition, compare_row_condition=compare_row_condition,
) }}
{%- endif -%}
{% endtest %}
