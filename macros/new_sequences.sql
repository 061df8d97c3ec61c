{# Query for the sequences in a relation that this model has not come to yet; watermarks: see there. Rows are to be asked
   for by `_sequence in (…)`: with an equality both engines leave out what was read before without looking into it,
   with a comparison neither does. #}
{% macro new_sequences(relation, watermarks, by=['system']) -%}
  select came.sequence
  from (select distinct {{ by | join(', ') }}, _sequence as sequence from {{ relation }}) as came
  left join {{ watermarks }} on {% for column in by %}came.{{ column }} = {{ watermarks }}.{{ column }}{{ ' and ' if not loop.last }}{% endfor %}
  where came.sequence > coalesce({{ watermarks }}.sequence, 0)
{%- endmacro %}
