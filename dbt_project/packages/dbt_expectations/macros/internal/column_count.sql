{# Query for one row with the number of a table's columns, if it is not as expected. #}
{% macro column_count(test, model, lowest, highest) -%}
  {%- set found = dbt_expectations.columns_of(test, model) | length -%}
  {%- set is_wrong = (lowest is not none and found < lowest) or (highest is not none and found > highest) -%}
  {{ dbt_expectations.literal_rows(['column_count'], [[found]] if is_wrong else []) }}
{%- endmacro %}
