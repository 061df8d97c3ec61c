{# Query, behind with_deleted_keys, for the rows of a model outside of the months that were made again whose dimension says something
   else now: names are the columns that the model took over from it, by the key of both. #}
{% macro with_changed_names(dimension, key, names, day, months) -%}
  {%- if months is not none -%}
  union all
  select
    {%- for column in model.columns %}
    {{ 'dimension' if column in names else 'held' }}.{{ column }}{{ ',' if not loop.last }}
    {%- endfor %}
  from {{ this }} as held
  inner join {{ dimension }} as dimension on held.{{ key }} = dimension.{{ key }}
  where
    not {{ in_months('held.' ~ day, months) }}
    and ({% for name in names %}held.{{ name }} is distinct from dimension.{{ name }}{{ ' or ' if not loop.last }}{% endfor %})
  {%- endif -%}
{%- endmacro %}
