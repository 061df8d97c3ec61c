{# The sequences of the pulls that this model has not come to yet, for `_sequence in (…)`: by equality, which goes down into the
   scan, so that nothing is worked out for what was read before.
   lookups: the query for the fingerprint that its rows carry; by: what has a watermark of its own. Looked for among the rows
   of a table, or, where these are a view's and all of it would be worked out, in `pulls`, of those that brought anything and
   may reach a model by that name; who calls it so names ref('pulls') outside of what only increments do, as dbt wants it. #}
{% macro new_pulls(lookups, by, among=none, reaching=none) -%}
  {%- set known = known_watermarks(lookups, by) -%}
  {%- set query -%}
  with lookups as (
    {{ lookups }}
  ),

  watermarks as (
    {{ watermarks('lookups', by, known) }}
  ),

  pulls as (
    {% if among -%}
    select distinct {{ by | join(', ') }}, _sequence as sequence
    from {{ among }}
    {%- if known %}
    -- By values, so that files without newer lines are left out: of what was seen before, and of what never was.
    where {% for row in known %}({% for column in by %}{{ column }} = '{{ row[loop.index0] }}'{{ ' and ' if not loop.last }}{% endfor %} and _sequence > {{ row[-1] }}){{ ' or ' if not loop.last }}{% endfor %}
    union
    select distinct {{ by | join(', ') }}, _sequence as sequence
    from {{ among }}
    where {% for row in known %}not ({% for column in by %}{{ column }} = '{{ row[loop.index0] }}'{{ ' and ' if not loop.last }}{% endfor %}){{ ' and ' if not loop.last }}{% endfor %}
    {%- endif %}
    {%- else -%}
    select {{ by | join(', ') }}, sequence
    from {{ ref('pulls') }} as pulls
    where
      pulls.status = 'completed' and (pulls.records_landed > 0 or pulls.records_deleted > 0)
      and {{ pulls_upstream_of(reaching) }}
    {%- endif %}
  )

  select pulls.sequence
  from pulls
  left join watermarks on {% for column in by %}pulls.{{ column }} = watermarks.{{ column }}{{ ' and ' if not loop.last }}{% endfor %}
  where pulls.sequence > coalesce(watermarks.sequence, 0)
  {%- endset -%}
  {%- set named = query_to_in_list(query) -%}
  {%- set first = query_to_in_list('select min(sequence) from (' ~ query ~ ') as news') if not named -%}
  {%- if first -%}
    {#- Of more than can be named, all from the first on: what is made anew without need comes to the same. -#}
    {%- set column = '_sequence' if among else 'sequence' -%}
    {{ return('select ' ~ column ~ ' from ' ~ (among or ref('pulls')) ~ ' where ' ~ column ~ ' >= ' ~ first) }}
  {%- endif -%}
  {{ return(named or query) }}
{%- endmacro %}
