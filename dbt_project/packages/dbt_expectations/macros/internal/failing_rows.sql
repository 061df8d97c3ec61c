{# Query for the rows in which a condition is false, with the columns that it is about. Where it is NULL a row passes. #}
{% macro failing_rows(model, columns, condition, row_condition) -%}
select {{ dbt_expectations.shown_columns(columns) | join(', ') }}
from {{ model }}
{{ dbt_expectations.where_clause([row_condition, 'not (' ~ condition ~ ')']) }}
{%- endmacro %}
