{# Fails for each group (or the whole) whose number of distinct values per value that is not NULL lies outside the bounds. #}
{% test expect_column_proportion_of_unique_values_to_be_between(model, column_name, min_value=None, max_value=None, group_by=None,
      row_condition=None, strictly=False) %}
{%- if execute -%}
{{ dbt_expectations.aggregate_between('expect_column_proportion_of_unique_values_to_be_between', model, column_name, 'proportion', 'cast(count(distinct ' ~ column_name ~ ') as double) / nullif(count(' ~ column_name ~ '), 0)', min_value, max_value, group_by, row_condition, strictly) }}
{%- endif -%}
{% endtest %}
