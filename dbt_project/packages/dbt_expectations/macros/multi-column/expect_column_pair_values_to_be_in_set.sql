{# Fails for each row whose pair is none of the set. Values are SQL as they stand: texts carry quotes of their own. #}
{% test expect_column_pair_values_to_be_in_set(model, column_A, column_B, value_pairs_set, row_condition=None) %}
{%- if execute -%}
{%- set conditions = [] -%}
{%- for pair in dbt_expectations.required_list('expect_column_pair_values_to_be_in_set', model, none, 'value_pairs_set', value_pairs_set) -%}
  {%- if pair is string or pair is not iterable or pair | length != 2 -%}
    {%- do dbt_expectations.argument_error('expect_column_pair_values_to_be_in_set', model, column_A ~ ' and ' ~ column_B, 'value_pairs_set holds lists of two values, not ' ~ pair) -%}
  {%- endif -%}
  {%- do conditions.append('(' ~ column_A ~ ' = ' ~ pair[0] ~ ' and ' ~ column_B ~ ' = ' ~ pair[1] ~ ')') -%}
{%- endfor -%}
{{ dbt_expectations.failing_rows(model, [column_A, column_B], conditions | join(' or '), row_condition) }}
{%- endif -%}
{% endtest %}
