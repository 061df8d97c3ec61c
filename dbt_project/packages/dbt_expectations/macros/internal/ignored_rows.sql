{# Condition for the rows that a test of several columns looks at, as ignore_row_if has it. #}
{% macro ignored_rows(test, model, columns, ignore_row_if) -%}
  {%- do dbt_expectations.one_of(test, model, none, 'ignore_row_if', ignore_row_if, ['all_values_are_missing', 'any_value_is_missing']) -%}
  {{ columns | join(' is not null ' ~ ('or ' if ignore_row_if == 'all_values_are_missing' else 'and ')) }} is not null
{%- endmacro %}
