{# Whether the warehouse can be asked something now: not while dbt reads or lists the project, and not where the SQL is
   to be written without credentials (`dbt compile --no-introspect`). #}
{% macro can_query() -%}
  {{ return(execute and flags.WHICH not in ('list', 'parse') and (flags.INTROSPECT is not defined or flags.INTROSPECT)) }}
{%- endmacro %}
