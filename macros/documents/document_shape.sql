{# The structure by which DuckDB takes the texts at some paths out of a document at once. paths: lists of names and of
   places in lists; what differs in the place alone is one list. No path may lead through the end of another. #}
{% macro document_shape(paths) -%}
  {%- if paths[0] | length == 0 -%}
    "VARCHAR"
  {%- else -%}
    {%- set heads = [] -%}
    {%- for path in paths -%}{%- do heads.append(path[0] if path[0] is string else 0) -%}{%- endfor -%}
    {{ '{' if heads[0] is string else '[' }}
    {%- for head in heads | unique -%}
      {%- set rests = [] -%}
      {%- for path in paths if head == (path[0] if path[0] is string else 0) -%}{%- do rests.append(path[1:]) -%}{%- endfor -%}
      {%- if head is string -%}"{{ head | replace("'", "''") }}":{%- endif -%}{{ document_shape(rests) }}{{ ',' if not loop.last }}
    {%- endfor -%}
    {{ '}' if heads[0] is string else ']' }}
  {%- endif -%}
{%- endmacro %}
