{# Query for how far this model has come with each system: the highest sequence among its rows, or 0 where any of them
   was made with other seeds or settings than lookups (a query for one fingerprint) stands for. #}
{% macro watermarks(lookups) -%}
  select
    this.system,
    case
      when min(this._lookups) = {{ lookups }}.fingerprint and max(this._lookups) = {{ lookups }}.fingerprint then max(this._sequence)
      else 0
    end as sequence
  from {{ this }} as this
  cross join {{ lookups }}
  group by this.system, {{ lookups }}.fingerprint
{%- endmacro %}
