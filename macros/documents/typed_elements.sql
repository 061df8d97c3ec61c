{# Query for the elements of a list in the versions that this model has not consumed yet, one row each, typed, with
   fields of the whole document beside them. A version without elements keeps one row, with no values of an element.
   key: the list's name; fields: name, path, type [, required] in the document; element_fields: the same in an element. #}
{% macro typed_elements(bronze, system, entity, key, fields, element_fields, carried=[]) -%}
  with versions as (
    {{ new_versions(bronze, system, entity, carried) }}
  ),

  texts as (
    {{ element_texts('versions', key, fields, element_fields, carried) }}
  )

  {{ typed_texts('texts', fields, shapes=true, carried=carried, element_fields=element_fields) }}
{%- endmacro %}
