{# The sequences of the pulls that this model has not come to yet and that reach a model which it reads, for `_sequence in (…)`.
   lookups: the query for the fingerprint that its rows carry; by: what has a watermark of its own. Who calls it names
   ref('pulls') outside of what only increments do, as dbt wants it.
   By equality, which goes down into the scan, so that nothing is worked out for what was read before; of the pulls, since
   to find sequences among the rows all of these would be read. #}
{% macro new_pulls(model, lookups, by) -%}
  {%- set query -%}
  with lookups as (
    {{ lookups }}
  ),

  watermarks as (
    {{ watermarks('lookups', by) }}
  )

  select pulls.sequence
  from {{ ref('pulls') }} as pulls
  left join watermarks on {% for column in by %}pulls.{{ column }} = watermarks.{{ column }}{{ ' and ' if not loop.last }}{% endfor %}
  where pulls.status = 'completed' and pulls.sequence > coalesce(watermarks.sequence, 0) and {{ pulls_that_reach(model) }}
  {%- endset -%}
  {%- set named = asked(query) -%}
  {%- set first = asked('select min(sequence) from (' ~ query ~ ') as news') if not named -%}
  {#- Of more than can be named, all from the first on: what is made anew without need comes to the same. -#}
  {{ return(named or ('select sequence from ' ~ ref('pulls') ~ ' where sequence >= ' ~ first if first else query)) }}
{%- endmacro %}
