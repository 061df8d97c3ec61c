{# Fails where the table (or a group) has fewer or more rows. #}
{% test expect_table_row_count_to_be_between(model, min_value=None, max_value=None, group_by=None, row_condition=None, strictly=False) %}
{%- if execute -%}
{{ dbt_expectations.aggregate_between('expect_table_row_count_to_be_between', model, none, 'row_count', 'count(*)', min_value, max_value, group_by, row_condition, strictly) }}
{%- endif -%}
{% endtest %}
