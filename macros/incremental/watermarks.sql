{# Query for how far this model has come with each system: the highest sequence among its rows, or 0 where any of them
   was made with other seeds or settings than lookups (a CTE of one fingerprint) stands for. by: what has a
   watermark of its own; where rows of several entities meet, each needs one. known: see known_watermarks. #}
{% macro watermarks(lookups, by=['system'], known=none) -%}
  {%- if known is none -%}
  select
    this.{{ by | join(', this.') }},
    case
      when min(this._lookups) = {{ lookups }}.fingerprint and max(this._lookups) = {{ lookups }}.fingerprint then max(this._sequence)
      else 0
    end as sequence
  from {{ this }} as this
  cross join {{ lookups }}
  group by this.{{ by | join(', this.') }}, {{ lookups }}.fingerprint
  {%- elif known -%}
  select *
  from (
    values{% for row in known %} ({% for value in row %}{{ value if value is number else "'" ~ value ~ "'" }}{{ ', ' if not loop.last }}{% endfor %}){{ ',' if not loop.last }}{% endfor %}
  ) as known ({{ by | join(', ') }}, sequence)
  {%- else -%}
  select {% for column in by %}cast(null as varchar) as {{ column }}, {% endfor %}cast(null as bigint) as sequence
  where 1 = 0
  {%- endif -%}
{%- endmacro %}
