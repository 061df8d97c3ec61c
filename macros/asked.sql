{# What a query's only column holds, as SQL for `in (…)`, asked before the statement that it goes into: `null` where it holds
   nothing. None where nothing can be asked now (in a unit test, without credentials), where there are more than a thousand
   values, and on DuckDB, which finds them on its way: Athena reads all that stands behind a name each time it is named,
   and what a join finds comes too late to leave out files. #}
{% macro asked(query) -%}
  {{ return(adapter.dispatch('asked')(query)) }}
{%- endmacro %}

{% macro duckdb__asked(query) -%}
  {{ return(none) }}
{%- endmacro %}

{% macro athena__asked(query) -%}
  {%- if model.resource_type == 'model' and may_ask() -%}
    {%- set values = run_query('select * from (' ~ query ~ ') as asked limit 1001').columns[0].values() -%}
    {%- if values | length <= 1000 -%}
      {%- set named = [] -%}
      {%- for value in values -%}
        {%- do named.append("'" ~ value | replace("'", "''") ~ "'" if value is string else value | int) -%}
      {%- endfor -%}
      {{ return(named | join(', ') or 'null') }}
    {%- endif -%}
  {%- endif -%}
  {{ return(none) }}
{%- endmacro %}
