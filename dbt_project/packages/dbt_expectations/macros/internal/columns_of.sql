{# Names and types of a table's columns, in order. Costs no scan: DuckDB describes any query, Athena asks the catalog.
   None where nobody may be asked (`dbt compile --no-introspect`). #}
{% macro columns_of(test, model) -%}
  {{ return(adapter.dispatch('columns_of', 'dbt_expectations')(test, model) if execute and (flags.INTROSPECT is not defined or flags.INTROSPECT) else []) }}
{%- endmacro %}

{% macro duckdb__columns_of(test, model) -%}
  {%- set columns = [] -%}
  {%- for row in run_query('describe select * from ' ~ model).rows -%}
    {%- do columns.append({'name': row[0], 'types': [row[1] | upper]}) -%}
  {%- endfor -%}
  {{ return(columns) }}
{%- endmacro %}

{% macro athena__columns_of(test, model) -%}
  {%- if model is string -%}
    {%- do dbt_expectations.argument_error(test, model, none, 'it looks at a table, so it cannot have a where') -%}
  {%- endif -%}
  {%- set columns = [] -%}
  {%- for column in adapter.get_columns_in_relation(model) -%}
    {%- do columns.append({'name': column.name, 'types': dbt_expectations.type_names(column.dtype)}) -%}
  {%- endfor -%}
  {{ return(columns) }}
{%- endmacro %}
