{# Condition that a value lies between two bounds, of which one may be missing; strictly leaves the bounds out.
   A bare date of the yml would become a subtraction, hence it is refused. #}
{% macro within_bounds(test, model, column_name, value, min_value, max_value, strictly) -%}
  {%- if min_value is none and max_value is none -%}
    {%- do dbt_expectations.argument_error(test, model, column_name, 'min_value or max_value (or both) is needed') -%}
  {%- endif -%}
  {%- for bound in [min_value, max_value] if bound.isoformat is defined -%}
    {%- do dbt_expectations.argument_error(test, model, column_name, "a date as bound is SQL: \"cast('" ~ bound ~ "' as date)\", not " ~ bound) -%}
  {%- endfor -%}
  {%- set conditions = [] -%}
  {%- if min_value is not none -%}
    {%- do conditions.append(value ~ (' > ' if strictly else ' >= ') ~ min_value) -%}
  {%- endif -%}
  {%- if max_value is not none -%}
    {%- do conditions.append(value ~ (' < ' if strictly else ' <= ') ~ max_value) -%}
  {%- endif -%}
  {{ return(conditions | join(' and ')) }}
{%- endmacro %}
