{# What a query's only column holds, as SQL for `in (…)`, asked before the statement that it goes into: `null` where it holds
   nothing. None where nothing can be asked now (in a unit test, without credentials), where there are more than a thousand
   values, and on DuckDB, which finds them on its way: Athena reads all that stands behind a name each time it is named,
   and what a join finds comes too late to leave out files. Texts, whole numbers and dates. #}
{% macro query_to_in_list(query) -%}
  {{ return(adapter.dispatch('query_to_in_list')(query)) }}
{%- endmacro %}

{% macro duckdb__query_to_in_list(query) -%}
  {{ return(none) }}
{%- endmacro %}

{% macro athena__query_to_in_list(query) -%}
  {%- if model.resource_type == 'model' and can_query() -%}
    {%- set values = run_query('select * from (' ~ query ~ ') as asked limit 1001').columns[0].values() -%}
    {%- if values | length <= 1000 -%}
      {%- set named = [] -%}
      {%- for value in values if value is not none -%}
        {%- if value is string -%}
          {%- do named.append("'" ~ value | replace("'", "''") ~ "'") -%}
        {%- else -%}
          {%- do named.append(value | int if value is number else "date '" ~ value ~ "'") -%}
        {%- endif -%}
      {%- endfor -%}
      {{ return(named | join(', ') or 'null') }}
    {%- endif -%}
  {%- endif -%}
  {{ return(none) }}
{%- endmacro %}
