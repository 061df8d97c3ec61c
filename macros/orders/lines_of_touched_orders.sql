{# Query for the lines of the orders that have to be made anew, with the order's key and number (made_order_key, made_order_id), and
   a row without a line for an order that has none left. An order is touched by newer versions of its lines, and of those that
   it lost, by rates that are others now, and by another course. lines: the fact; all_lines: silver's, in which what is gone
   still is; course: columns of courses that the orders carry; rates: those of lines; lookups: the query for their fingerprint. #}
{% macro lines_of_touched_orders(lines, all_lines, courses, course, rates, lookups) -%}
  {{ return(adapter.dispatch('lines_of_touched_orders')(lines, all_lines, courses, course, rates, lookups)) }}
{%- endmacro %}

{% macro duckdb__lines_of_touched_orders(lines, all_lines, courses, course, rates, lookups) -%}
with lookups as (
  {{ lookups }}
),

watermarks as (
  {{ watermarks('lookups') }}
),

touched as (
  select {{ surrogate_key(['lines.system', 'lines.source', 'lines.order_id']) }} as order_key, lines.order_id
  from {{ all_lines }} as lines
  left join watermarks on lines.system = watermarks.system
  where lines._sequence > coalesce(watermarks.sequence, 0) and lines.order_id is not null
  union
  -- Rates of its day are others now, or it has lines of several days, whose rates it does not tell.
  select this.order_key, this.order_id
  from {{ this }} as this
  inner join {{ lines }} as lines on this.order_key = lines.order_key
  where this.order_date <> lines.order_date{% for rate in rates %} or this._{{ rate }} is distinct from lines.{{ rate }}{% endfor %}
  union
  {{ orders_with_changed_lifecycle(courses, course) }}
)

select lines.*, touched.order_key as made_order_key, touched.order_id as made_order_id
from touched
left join {{ lines }} as lines on touched.order_key = lines.order_key
{%- endmacro %}

{% macro athena__lines_of_touched_orders(lines, all_lines, courses, course, rates, lookups) -%}
{%- set days = changed_values(ref('fct_fx_rates'), 'date_day') -%}
{%- if days is none -%}
{{ duckdb__lines_of_touched_orders(lines, all_lines, courses, course, rates, lookups) }}
{%- else -%}
{#- By their numbers, which leave out files, where these can be named. Of a number, all that have it are made anew. -#}
{%- set telling = query_to_in_list('select distinct system from ' ~ courses) -%}
{%- set query -%}
  select order_id from {{ all_lines }} where _sequence in ({{ new_pulls(lookups, by=['system'], among=all_lines) }})
  union
  select order_id from {{ lines }} where order_date in ({{ days }})
  {%- if telling != 'null' %}
  union
  select order_id from ({{ orders_with_changed_lifecycle(courses, course, telling) }}) as others
  {%- endif %}
{%- endset -%}
{%- set numbers = query_to_in_list(query) or query -%}
with touched as (
  select order_key, order_id from {{ this }} where order_id in ({{ numbers }})
  union
  select order_key, order_id from {{ lines }} where order_id in ({{ numbers }})
)

select lines.*, touched.order_key as made_order_key, touched.order_id as made_order_id
from touched
left join (select * from {{ lines }} where order_id in ({{ numbers }})) as lines on touched.order_key = lines.order_key
{%- endif -%}
{%- endmacro %}
