{# Fails for each of the names that no column has. #}
{% test expect_table_columns_to_contain_set(model, column_list, transform="upper") %}
{%- if execute -%}
{%- set found = dbt_expectations.column_names('expect_table_columns_to_contain_set', model, transform) -%}
{%- set wanted = dbt_expectations.required_list('expect_table_columns_to_contain_set', model, none, 'column_list', column_list) | map(transform) | list -%}
{%- set rows = [] -%}
{%- for name in wanted if name not in found -%}
  {%- do rows.append([name]) -%}
{%- endfor -%}
{{ dbt_expectations.literal_rows(['missing_column'], rows) }}
{%- endif -%}
{% endtest %}
