{# Query for one row with the column's type, if it is none of those. #}
{% macro other_types(test, model, column_name, types) -%}
  {%- set rows = [] -%}
  {%- for column in dbt_expectations.columns_of(test, model) if column.name | upper == column_name | replace('"', '') | upper -%}
    {%- if not column.types | select('in', types) | list -%}
      {%- do rows.append([column.name, column.types[0]]) -%}
    {%- endif -%}
  {%- endfor -%}
  {{ dbt_expectations.literal_rows(['column_name', 'column_type'], rows) }}
{%- endmacro %}
