{# A path, a list of names and of places in lists, as DuckDB writes it behind the $, in a literal. #}
{% macro document_steps(path) -%}
  {%- for part in path %}{% if part is number %}[{{ part }}]{% else %}."{{ part | replace("'", "''") }}"{% endif %}{% endfor -%}
{%- endmacro %}
