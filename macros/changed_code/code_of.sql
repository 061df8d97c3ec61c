{# What a text of code says: without comments, blank lines and indents. #}
{% macro code_of(text) -%}
  {%- set bare = modules.re.sub('(?s){#.*?#}', '', text) -%}
  {{ return(modules.re.sub('(?m)^[ \t]*(--.*)?\n|^[ \t]+|[ \t]+$', '', bare)) }}
{%- endmacro %}
