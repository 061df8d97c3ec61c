{# Fails for each place at which another column stands than the list says. #}
{% test expect_table_columns_to_match_ordered_list(model, column_list, transform="upper") %}
{%- if execute -%}
{%- set found = dbt_expectations.column_names('expect_table_columns_to_match_ordered_list', model, transform) -%}
{%- set wanted = dbt_expectations.required_list('expect_table_columns_to_match_ordered_list', model, none, 'column_list', column_list) | map(transform) | list -%}
{%- set rows = [] -%}
{%- for place in range([found | length, wanted | length] | max) -%}
  {%- set pair = [found[place] if place < found | length else '', wanted[place] if place < wanted | length else ''] -%}
  {%- if pair[0] != pair[1] -%}
    {%- do rows.append([place + 1] + pair) -%}
  {%- endif -%}
{%- endfor -%}
{{ dbt_expectations.literal_rows(['place', 'found_column', 'expected_column'], rows) }}
{%- endif -%}
{% endtest %}
