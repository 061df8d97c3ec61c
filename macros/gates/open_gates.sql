{# Called before a run builds anything: whatever the run may change has to be green before it is published, also where
   the run is killed. On a first build the table is not there yet, and a lake without it publishes nothing. #}
{% macro open_gates() -%}
  {%- set table = built_relation('open_gates') if can_query() else none -%}
  {%- if table -%}
    {%- do insert_gates(table, gates_of_run(), {}) -%}
  {%- endif -%}
{%- endmacro %}
