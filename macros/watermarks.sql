{# Query for how far this model has come with each system: the highest sequence among its rows, or 0 where any of them
   was made with other seeds or settings than lookups (a query for one fingerprint) stands for. by: what has a
   watermark of its own; where rows of several entities meet, each needs one. #}
{% macro watermarks(lookups, by=['system']) -%}
  select
    this.{{ by | join(', this.') }},
    case
      when min(this._lookups) = {{ lookups }}.fingerprint and max(this._lookups) = {{ lookups }}.fingerprint then max(this._sequence)
      else 0
    end as sequence
  from {{ this }} as this
  cross join {{ lookups }}
  group by this.{{ by | join(', this.') }}, {{ lookups }}.fingerprint
{%- endmacro %}
