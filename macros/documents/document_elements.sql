{# Query with one row per version and element of a list in its document: _element, as JSON text.
   path: a top-level key, or a list of keys that lead to the list.
   A version without any (a delete) keeps one row, or it could not supersede what came before it. #}
{% macro document_elements(relation, path) -%}
  {{ return(adapter.dispatch('document_elements')(relation, path)) }}
{%- endmacro %}

{% macro duckdb__document_elements(relation, path) -%}
  select *, cast(unnest(coalesce(nullif(from_json(json_extract(_document, '$."{{ ([path] if path is string else path) | join('"."') }}"'), '["JSON"]'), []), [null])) as varchar) as _element
  from {{ relation }}
{%- endmacro %}

{% macro athena__document_elements(relation, path) -%}
  select versions.*, nullif(json_format(elements.element), 'null') as _element
  from {{ relation }} as versions
  left join unnest(try_cast(json_extract(versions._document, '$["{{ ([path] if path is string else path) | join('"]["') }}"]') as array(json))) as elements (element) on true
{%- endmacro %}
