{# Fails where values differ by their case only: one row with the numbers of values, or each such value. #}
{% test expect_column_values_to_have_consistent_casing(model, column_name, display_inconsistent_columns=False) %}
{%- if execute -%}
with spelled as (
  select lower({{ column_name }}) as lower_value, count(distinct {{ column_name }}) as spellings
  from {{ model }}
  where {{ column_name }} is not null
  group by 1
)

{% if display_inconsistent_columns -%}
select lower_value as inconsistent_columns, spellings
from spelled
where spellings > 1
{%- else -%}
select sum(spellings) as set_count, count(*) as set_count_case_insensitive
from spelled
having sum(spellings) != count(*)
{%- endif %}
{%- endif -%}
{% endtest %}
