{# Query for the rows of a model that is merged on Athena (merge_on_athena), and, in an increment, for the keys alone of those
   that its table has in the months that were made again, and they have not: they are gone. #}
{% macro with_deleted_keys(rows, key, day, months) -%}
  {%- if is_incremental() -%}
  select {{ model.columns | join(', ') }}
  from {{ rows }}
  full outer join (select {{ key | join(', ') }} from {{ this }} where {{ in_months(day, months) }}) as held using ({{ key | join(', ') }})
  {%- else -%}
  select * from {{ rows }}
  {%- endif -%}
{%- endmacro %}
