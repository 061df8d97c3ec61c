{# Query for the versions that this model has not consumed yet, one row each, typed from their documents.
   fields: name, path, type [, required]; carried: further columns of bronze that stay. In layers (texts, values,
   errors), so that nothing is computed twice. #}
{% macro typed_versions(bronze, system, entity, fields, carried=[]) -%}
  with versions as (
    {{ new_versions(bronze, system, entity, carried) }}
  ),

  texts as (
    {{ document_texts('versions', fields, carried=carried) }}
  )

  {{ typed_texts('texts', fields, shapes=true, carried=carried) }}
{%- endmacro %}
