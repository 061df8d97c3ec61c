{# By which unit tests give types to their rows. On Athena a timestamp is one of microseconds, which Glue tells of tables
   and not of views, and has no `T` between day and time, with which it would be NULL. #}
{% macro safe_cast(field, type) -%}
  {{ return(adapter.dispatch('safe_cast')(field, type)) }}
{%- endmacro %}

{% macro duckdb__safe_cast(field, type) -%}
  cast({{ field }} as {{ type }})
{%- endmacro %}

{% macro athena__safe_cast(field, type) -%}
  {%- set text = modules.re.sub('([0-9]{4}-[0-9]{2}-[0-9]{2})T([0-9]{2}:)', '\\1 \\2', field | string) -%}
  try_cast({{ text }} as {{ 'timestamp(6)' if type == 'timestamp' else type }})
{%- endmacro %}
