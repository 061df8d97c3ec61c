{# Fails where the table (or a group) has not so many times the rows of another one. #}
{% test expect_table_row_count_to_equal_other_table(model, compare_model, group_by=None, compare_group_by=None, factor=1, row_condition=None,
      compare_row_condition=None) %}
{%- if execute -%}
{{ dbt_expectations.different_aggregates(
  'expect_table_row_count_to_equal_other_table', model, 'count(*)', compare_model, 'count(*) * ' ~ dbt_expectations.required_value('expect_table_row_count_to_equal_other_table', model, none, 'factor', factor),
  group_by, compare_group_by, row_condition, compare_row_condition,
) }}
{%- endif -%}
{% endtest %}
