{# Hours from one UTC timestamp to another, as decimal(18, 4), rounded half away from zero; negative where the second is earlier. #}
{% macro hours_between(since, until) -%}
  {{ return(adapter.dispatch('hours_between')(since, until)) }}
{%- endmacro %}

{% macro duckdb__hours_between(since, until) -%}
  {{ divide("cast(epoch_ms(" ~ until ~ ") - epoch_ms(" ~ since ~ ") as decimal(18, 0))", "cast(3600000 as decimal(18, 0))") }}
{%- endmacro %}

{% macro athena__hours_between(since, until) -%}
  {{ divide("cast(date_diff('millisecond', " ~ since ~ ", " ~ until ~ ") as decimal(18, 0))", "cast(3600000 as decimal(18, 0))") }}
{%- endmacro %}
