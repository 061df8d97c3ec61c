{# Query for the versions that this model has not consumed yet, one row each, typed from their documents.
   fields: name, path, type [, required]. In layers (texts, values, errors), so that nothing is computed twice. #}
{% macro typed_versions(bronze, system, entity, fields) -%}
  with versions as (
    {{ new_versions(bronze, system, entity) }}
  ),

  texts as (
    {{ document_texts('versions', fields) }}
  )

  {{ typed_texts('texts', fields, shapes=true) }}
{%- endmacro %}
