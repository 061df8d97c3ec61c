{# English name of the day of the week. #}
{% macro day_name(day) -%}
  {{ return(adapter.dispatch('day_name')(day)) }}
{%- endmacro %}

{% macro duckdb__day_name(day) -%}
  dayname({{ day }})
{%- endmacro %}

{% macro athena__day_name(day) -%}
  date_format({{ day }}, '%W')
{%- endmacro %}
