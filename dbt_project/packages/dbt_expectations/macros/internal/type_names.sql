{# All names in upper case that a type of the catalog goes by: Glue's own and that of Athena's SQL. #}
{% macro type_names(type) -%}
  {%- set names = {
    'STRING': ['VARCHAR'], 'VARCHAR': ['STRING'], 'INT': ['INTEGER'], 'INTEGER': ['INT'], 'FLOAT': ['REAL'], 'REAL': ['FLOAT'],
    'BINARY': ['VARBINARY'], 'VARBINARY': ['BINARY'], 'TIMESTAMP': ['TIMESTAMP(3)', 'TIMESTAMP(6)'],
    'TIMESTAMP(3)': ['TIMESTAMP'], 'TIMESTAMP(6)': ['TIMESTAMP'],
  } -%}
  {{ return([type | upper] + names.get(type | upper, [])) }}
{%- endmacro %}
