{# Whether what Iceberg says of tables can tell what an increment of this model need not read: not before there is a table, in
   a unit test, or where the project is told not to (`iceberg_metadata: false`: then rows are compared, as on DuckDB). #}
{% macro may_read_metadata() -%}
  {{ return(model.resource_type == 'model' and var('iceberg_metadata') and is_incremental()) }}
{%- endmacro %}
