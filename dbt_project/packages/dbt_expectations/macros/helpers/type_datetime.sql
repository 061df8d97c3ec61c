{# The type of a time without zone, under its other name. #}
{% macro type_datetime() -%}
  {{ dbt_expectations.type_timestamp() }}
{%- endmacro %}
