{# Fails where the table has no such column, or has it at another place (1 is the first). #}
{% test expect_column_to_exist(model, column_name, column_index=None, transform="upper") %}
{%- if execute -%}
{%- set name = [column_name | replace('"', '')] | map(transform) | first -%}
{%- set names = dbt_expectations.column_names('expect_column_to_exist', model, transform) -%}
{%- set found = names.index(name) + 1 if name in names else 0 -%}
{%- set is_there = found > 0 and (not column_index or found == column_index) -%}
{{ dbt_expectations.literal_rows(['missing_column', 'found_at'], [] if is_there else [[column_name, found]]) }}
{%- endif -%}
{% endtest %}
