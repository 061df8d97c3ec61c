{# Fails for each combination of values that more than one row has; NULLs are equal to each other here. #}
{% test unique_combination_of_columns(model, combination_of_columns, quote_columns=false) %}
{%- if execute -%}
{%- if combination_of_columns is string or not combination_of_columns -%}
  {%- do dbt_utils.argument_error('unique_combination_of_columns', model, 'combination_of_columns is a list of columns, not ' ~ combination_of_columns) -%}
{%- endif -%}
{%- set columns = [] -%}
{%- for column in combination_of_columns -%}
  {%- do columns.append(adapter.quote(column) if quote_columns else column) -%}
{%- endfor -%}
select {{ columns | join(', ') }}, count(*) as n_records
from {{ model }}
group by {{ columns | join(', ') }}
having count(*) > 1
{%- endif -%}
{% endtest %}
