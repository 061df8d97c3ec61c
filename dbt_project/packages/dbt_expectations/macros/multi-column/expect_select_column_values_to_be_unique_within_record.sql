{# Fails for each row in which two of the columns have the same text, or one of them is NULL, unless the row is ignored. #}
{% test expect_select_column_values_to_be_unique_within_record(model, column_list, quote_columns=False, ignore_row_if="all_values_are_missing",
      row_condition=None) %}
{%- if execute -%}
{%- set columns = dbt_expectations.column_list('expect_select_column_values_to_be_unique_within_record', model, column_list, quote_columns) -%}
{%- set conditions = [] -%}
{%- for column in columns if columns | length > 1 -%}
  {%- do conditions.append(column ~ ' is null') -%}
  {%- for other in columns[loop.index:] -%}
    {%- do conditions.append('cast(' ~ column ~ ' as varchar) = cast(' ~ other ~ ' as varchar)') -%}
  {%- endfor -%}
{%- endfor -%}
select {{ dbt_expectations.shown_columns(columns) | join(', ') }}
from {{ model }}
{{ dbt_expectations.where_clause([row_condition, dbt_expectations.ignored_rows('expect_select_column_values_to_be_unique_within_record', model, columns, ignore_row_if), conditions | join(' or ') or 'false']) }}
{%- endif -%}
{% endtest %}
