{# Fails for each group (or the whole) in which the proportion of rows with a value lies outside the bounds. #}
{% test not_null_proportion(model, column_name, at_least, at_most=1.0, group_by_columns=[]) %}
{%- if execute -%}
{%- if at_least is not number or at_most is not number -%}
  {%- do dbt_utils.argument_error('not_null_proportion', model ~ ', column ' ~ column_name, 'at_least and at_most are numbers from 0 to 1') -%}
{%- endif -%}
with measured as (
  select
    {%- for group in group_by_columns %}
    {{ group }},
    {%- endfor %}
    cast(count({{ column_name }}) as double) / nullif(count(*), 0) as not_null_proportion
  from {{ model }}
  {{ 'group by ' ~ group_by_columns | join(', ') if group_by_columns }}
)

select *
from measured
where not (not_null_proportion >= {{ at_least }} and not_null_proportion <= {{ at_most }})
{%- endif -%}
{% endtest %}
