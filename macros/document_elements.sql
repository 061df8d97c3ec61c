{# Query with one row per version and element of a list at a top-level key of its document: _element, as JSON text.
   A version without any (a delete) keeps one row, or it could not supersede what came before it. #}
{% macro document_elements(relation, key) -%}
  {{ return(adapter.dispatch('document_elements')(relation, key)) }}
{%- endmacro %}

{% macro duckdb__document_elements(relation, key) -%}
  select *, unnest(coalesce(nullif(from_json(json_extract(_document, '$."{{ key }}"'), '["VARCHAR"]'), []), [null])) as _element
  from {{ relation }}
{%- endmacro %}

{% macro athena__document_elements(relation, key) -%}
  select versions.*, json_format(elements.element) as _element
  from {{ relation }} as versions
  left join unnest(try_cast(json_extract(versions._document, '$["{{ key }}"]') as array(json))) as elements (element) on true
{%- endmacro %}
