{# Partitions of a table by the month of a date, for `partitioned_by`, within those of other columns: a query for some days reads
   the files of their months. The month comes last: changed_months goes by that. #}
{% macro by_month(date_column, within=[]) -%}
  {{ return(partitions(within + ['month(' ~ date_column ~ ')'])) }}
{%- endmacro %}
