{# How many periods after the beginning of one period another one begins. #}
{% macro periods_between(part, earlier, later) -%}
  date_diff('{{ part }}', {{ earlier }}, {{ later }})
{%- endmacro %}
