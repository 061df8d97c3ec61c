{# Fails for each key (one or more columns) that more than one row has, and for each row that has NULL in its key or in
   one of never_null. One test for both: a node of dbt costs more than a scan of some columns. #}
{% test one_row_per(model, key, never_null=[]) %}
{%- set needed = (key + never_null) | unique | list %}
select
  {{ key | join(', ') }},
  rows_found,
  'more than one row' as broken_rule
from ({{ repeated_keys(model, key) }}) as repeated

union all

select
  {{ key | join(', ') }},
  1 as rows_found,
  concat_ws(', '{% for column in needed %}, case when {{ column }} is null then '{{ column }} is null' end{% endfor %}) as broken_rule
from {{ model }}
where {% for column in needed %}{{ column }} is null{{ ' or ' if not loop.last }}{% endfor %}
{% endtest %}
