{# A date, a time or its text as timestamp. #}
{% macro as_timestamp(value) -%}
  cast({{ value }} as {{ dbt_expectations.type_timestamp() }})
{%- endmacro %}
