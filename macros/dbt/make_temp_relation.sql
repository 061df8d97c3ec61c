{# A relation beside another one, for what is needed for a moment. On Athena, where it is a table like all others, its
   name is its own: two runs at once do not meet in it, and what one that was stopped left is in nobody's way. #}
{% macro make_temp_relation(base_relation, suffix='__dbt_tmp', temp_schema=none) -%}
  {%- if target.type == 'athena' -%}
    {%- set unique = suffix if suffix != '__dbt_tmp' else adapter.generate_unique_temporary_table_suffix() -%}
    {{ return(dbt.make_temp_relation(base_relation, unique, temp_schema)) }}
  {%- endif -%}
  {{ return(dbt.make_temp_relation(base_relation, suffix)) }}
{%- endmacro %}
