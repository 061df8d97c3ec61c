{# Takes nodes out of ops.model_code: what has made their tables is not known any more. #}
{% macro forget_code(table, node_ids) -%}
  {%- for some in node_ids | batch(500) -%}
    {%- do run_query('delete from ' ~ table ~ " where node_id in ('" ~ some | join("', '") ~ "')") -%}
  {%- endfor -%}
{%- endmacro %}
