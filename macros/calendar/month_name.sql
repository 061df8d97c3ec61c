{# English name of the month. #}
{% macro month_name(day) -%}
  {{ return(adapter.dispatch('month_name')(day)) }}
{%- endmacro %}

{% macro duckdb__month_name(day) -%}
  monthname({{ day }})
{%- endmacro %}

{% macro athena__month_name(day) -%}
  date_format({{ day }}, '%M')
{%- endmacro %}
