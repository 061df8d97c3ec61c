{# The flags of a regular expression, if the tests know them: c, i, l, m, n, p, s as DuckDB has them. #}
{% macro regex_flags(test, model, column_name, flags) -%}
  {%- for flag in flags or '' if flag not in 'cilmnps' -%}
    {%- do dbt_expectations.argument_error(test, model, column_name, 'flags are letters out of cilmnps, not ' ~ flag) -%}
  {%- endfor -%}
  {{ return(flags or '') }}
{%- endmacro %}
