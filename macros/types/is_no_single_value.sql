{# Whether what DuckDB gave as the text of a field is a list or an object, or, where a text is wanted, a number with places.
   The document says so, and is only asked where the text looks like it. path: an expression. #}
{% macro is_no_single_value(text, type, document, path) -%}
  case
    when starts_with({{ text }}, '{') or starts_with({{ text }}, '[')
      {%- if type == 'text' %} or ({{ text }} < ':' and (contains({{ text }}, '.') or contains({{ text }}, 'e') or contains({{ text }}, 'E'))){% endif %}
      then coalesce(json_type({{ document }}, {{ path }}) in ('OBJECT', 'ARRAY'{{ ", 'DOUBLE'" if type == 'text' }}), false)
    else false
  end
{%- endmacro %}
