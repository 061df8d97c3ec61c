{# Query for the orders of which any of some stages has versions that this model has not consumed; all of them where its rows
   were made with other settings than lookups (a query for one fingerprint) stands for. stages: a relation for each column of
   this model that tells how far it has come with it, since a build of one stage alone may be ahead of another. #}
{% macro orders_with_new_versions(stages, lookups) -%}
  with seen as (
    select
      {%- for column in stages %}
      case
        when min(this._lookups) = {{ lookups }}.fingerprint and max(this._lookups) = {{ lookups }}.fingerprint then coalesce(max(this.{{ column }}), 0)
        else 0
      end as {{ column }}{{ ',' if not loop.last }}
      {%- endfor %}
    from {{ lookups }}
    left join {{ this }} as this on true
    group by {{ lookups }}.fingerprint
  )
  {%- for column, stage in stages.items() %}
  {{ 'union' if not loop.first }}
  {{ orders_changed_since(stage, 'seen', column) }}
  {%- endfor %}
{%- endmacro %}
