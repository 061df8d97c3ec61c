{# Some columns of a relation as one JSON object of texts. #}
{% macro row_text(relation, columns) -%}
  {{ return(adapter.dispatch('row_text')(relation, columns)) }}
{%- endmacro %}

{% macro duckdb__row_text(relation, columns) -%}
  cast(json_object({% for column in columns %}'{{ column }}', cast({{ relation }}."{{ column }}" as varchar){{ ', ' if not loop.last }}{% endfor %}) as varchar)
{%- endmacro %}

{% macro athena__row_text(relation, columns) -%}
  json_format(cast(map(
    array[{% for column in columns %}'{{ column }}'{{ ', ' if not loop.last }}{% endfor %}],
    array[{% for column in columns %}cast({{ relation }}."{{ column }}" as varchar){{ ', ' if not loop.last }}{% endfor %}]
  ) as json))
{%- endmacro %}
