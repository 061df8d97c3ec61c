{# Fails for each of the names that no column has, and for each column that has none of the names. #}
{% test expect_table_columns_to_match_set(model, column_list, transform="upper") %}
{%- if execute -%}
{%- set found = dbt_expectations.column_names('expect_table_columns_to_match_set', model, transform) -%}
{%- set wanted = dbt_expectations.required_list('expect_table_columns_to_match_set', model, none, 'column_list', column_list) | map(transform) | list -%}
{%- set rows = [] -%}
{%- for name in wanted if name not in found -%}
  {%- do rows.append([name, 'missing']) -%}
{%- endfor -%}
{%- for name in found if name not in wanted -%}
  {%- do rows.append([name, 'unexpected']) -%}
{%- endfor -%}
{{ dbt_expectations.literal_rows(['column_name', 'problem'], rows) }}
{%- endif -%}
{% endtest %}
