{# Query for the rows of a relation that this model has not come to yet; columns: what is selected; watermarks: a query
   of that name, see there; by: what has a watermark of its own. #}
{% macro newer_rows(relation, columns, watermarks, by) -%}
  {{ return(adapter.dispatch('newer_rows')(relation, columns, watermarks, by)) }}
{%- endmacro %}

{% macro duckdb__newer_rows(relation, columns, watermarks, by) -%}
  {#- By equality, which DuckDB carries down into the scan, so that nothing is worked out for what was read before. -#}
  select {{ columns }}
  from {{ relation }}
  where _sequence in (
    select came.sequence
    from (select distinct {{ by | join(', ') }}, _sequence as sequence from {{ relation }}) as came
    left join {{ watermarks }} on {% for column in by %}came.{{ column }} = {{ watermarks }}.{{ column }}{{ ' and ' if not loop.last }}{% endfor %}
    where came.sequence > coalesce({{ watermarks }}.sequence, 0)
  )
{%- endmacro %}

{% macro athena__newer_rows(relation, columns, watermarks, by) -%}
  {#- Each name costs all that is behind it, and stages, of which a query has 150 at most. -#}
  select {% for column in columns.split(', ') %}newer.{{ column }}{{ ', ' if not loop.last }}{% endfor %}
  from {{ relation }} as newer
  left join {{ watermarks }} on {% for column in by %}newer.{{ column }} = {{ watermarks }}.{{ column }}{{ ' and ' if not loop.last }}{% endfor %}
  where newer._sequence > coalesce({{ watermarks }}.sequence, 0)
{%- endmacro %}
