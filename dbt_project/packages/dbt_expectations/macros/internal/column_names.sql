{# The names of a table's columns, in order, after a transform (a filter of Jinja's, mostly upper or lower). #}
{% macro column_names(test, model, transform) -%}
  {{ return(dbt_expectations.columns_of(test, model) | map(attribute='name') | map(transform) | list) }}
{%- endmacro %}
