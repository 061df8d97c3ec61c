{# Query for the rows of a model that this one has not come to yet: those of the pulls above its watermark. columns: what is
   selected; watermarks: a query of that name, see there; by: what has a watermark of its own. Who calls it names
   ref('pulls') outside of what only increments do, as dbt wants it.
   By equality, which both engines carry down into the scan, so that nothing is worked out for what was read before, and
   on Athena its files are not opened; the pulls are asked what sequences there are, since rows would all have to be read. #}
{% macro newer_rows(model, columns, watermarks, by) -%}
  select {{ columns }}
  from {{ ref(model) }}
  where _sequence in (
    select pulls.sequence
    from {{ ref('pulls') }} as pulls
    left join {{ watermarks }} on {% for column in by %}pulls.{{ column }} = {{ watermarks }}.{{ column }}{{ ' and ' if not loop.last }}{% endfor %}
    where pulls.status = 'completed' and pulls.sequence > coalesce({{ watermarks }}.sequence, 0) and {{ pulls_that_reach(model) }}
  )
{%- endmacro %}
