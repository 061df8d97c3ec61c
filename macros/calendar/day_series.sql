{# Query with one row per day, both bounds included. Athena's sequence() stops at 10,000 entries, hence two of them. #}
{% macro day_series(first_day, last_day) -%}
  {{ return(adapter.dispatch('day_series')(first_day, last_day)) }}
{%- endmacro %}

{% macro duckdb__day_series(first_day, last_day) -%}
  select cast(days.day as date) as date_day
  from generate_series({{ first_day }}, {{ last_day }}, interval 1 day) as days(day)
{%- endmacro %}

{% macro athena__day_series(first_day, last_day) -%}
  select date_add('day', thousands.n * 1000 + ones.n, {{ first_day }}) as date_day
  from unnest(sequence(0, 99)) as thousands(n)
  cross join unnest(sequence(0, 999)) as ones(n)
  where date_add('day', thousands.n * 1000 + ones.n, {{ first_day }}) <= {{ last_day }}
{%- endmacro %}
