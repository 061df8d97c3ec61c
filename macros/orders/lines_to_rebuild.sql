{# Query for the lines that a fact has to make anew, by values that were asked before: the sequences of new pulls (news, see
   new_pulls), days with other rates than when this model was last built, and keys (also, a query). None where they cannot be
   named, and on DuckDB, which compares on its way. Each reason for itself: by a condition with `or` no file is left out. #}
{% macro lines_to_rebuild(lines, news, rates, also=none) -%}
  {{ return(adapter.dispatch('lines_to_rebuild')(lines, news, rates, also)) }}
{%- endmacro %}

{% macro duckdb__lines_to_rebuild(lines, news, rates, also=none) -%}
  {{ return(none) }}
{%- endmacro %}

{% macro athena__lines_to_rebuild(lines, news, rates, also=none) -%}
  {%- set days = changed_values(rates, 'date_day') -%}
  {%- set keys = query_to_in_list(also) if also else 'null' -%}
  {%- if days is none or keys is none -%}
    {{ return(none) }}
  {%- endif -%}
  {%- set reasons = [('_sequence', news), ('order_date', days), ('order_line_key', keys)] | rejectattr(1, 'eq', 'null') | list -%}
  {%- set query -%}
  {%- for column, values in reasons %}
  {{ 'union all' if not loop.first }}
  select * from {{ lines }}
  where
    {{ column }} in ({{ values }})
    {%- for earlier, seen in reasons[:loop.index0] %}
    and not coalesce({{ earlier }} in ({{ seen }}), false)
    {%- endfor %}
  {%- else %}
  select * from {{ lines }} where 1 = 0
  {%- endfor %}
  {%- endset -%}
  {{ return(query) }}
{%- endmacro %}
