{# Query with one row per version and element of a list in its document: the texts of the document's fields and of the
   element's, as document_texts gives them, and `_element`, which is NULL where there is none; such a version keeps one row.
   key: the list's name; fields, element_fields, carried: as typed_elements has them. #}
{% macro element_texts(relation, key, fields, element_fields, carried=[]) -%}
  {{ return(adapter.dispatch('element_texts')(relation, key, fields, element_fields, carried)) }}
{%- endmacro %}

{% macro duckdb__element_texts(relation, key, fields, element_fields, carried=[]) -%}
  {%- set kept = '_document' ~ (', ' ~ carried | join(', ') if carried) -%}
  {%- set paths = [] -%}
  {%- for field in fields -%}{%- do paths.append(field.path if field.path is not string else field.path.split('.')) -%}{%- endfor -%}
  {%- set element_paths = [] -%}
  {%- for field in element_fields -%}{%- do element_paths.append([key, 0] + (field.path if field.path is not string else field.path.split('.'))) -%}{%- endfor -%}
  {%- set place = "'$.\"" ~ key ~ "\"[' || nth || ']" -%}
  {#- Each document is read once, and its elements are never written out as JSON to be read again. -#}
  select
    {{ envelope() }}, {{ kept }}, _element
    {%- for field in fields + element_fields %},
    b_{{ field.name }}, case when not b_{{ field.name }} then {{ strip('r_' ~ field.name) }} end as t_{{ field.name }}
    {%- endfor %}
  from (
    select
      {{ envelope() }}, {{ kept }},
      -- What is no object has no fields, and is an element all the same.
      case
        when is_object then '{{ key }}'
        when nth < elements then case when json_type(_document, {{ place }}') <> 'NULL' then '{{ key }}' end
      end as _element
      {%- for field in fields %},
      r_{{ field.name }}, {{ is_no_single_value('r_' ~ field.name, field.type, '_document', "'$" ~ document_steps(paths[loop.index0]) ~ "'") }} as b_{{ field.name }}
      {%- endfor %}
      {%- for field in element_fields %},
      r_{{ field.name }}, {{ is_no_single_value('r_' ~ field.name, field.type, '_document', place ~ document_steps(element_paths[loop.index0][2:]) ~ "'") }} as b_{{ field.name }}
      {%- endfor %}
    from (
      select
        {{ envelope() }}, {{ kept }}, nth, elements, element is not null as is_object
        {%- for path in paths %},
        parsed{% for part in path %}{% if part is number %}[{{ part + 1 }}]{% else %}."{{ part }}"{% endif %}{% endfor %} as r_{{ fields[loop.index0].name }}
        {%- endfor %}
        {%- for path in element_paths %},
        element{% for part in path[2:] %}{% if part is number %}[{{ part + 1 }}]{% else %}."{{ part }}"{% endif %}{% endfor %} as r_{{ element_fields[loop.index0].name }}
        {%- endfor %}
      from (
        select
          {{ envelope() }}, {{ kept }}, parsed, coalesce(len(parsed."{{ key }}"), 0) as elements,
          unnest(coalesce(nullif(parsed."{{ key }}", []), [null])) as element,
          unnest(range(greatest(elements, 1))) as nth
        from (
          select {{ envelope() }}, {{ kept }}, try(from_json(_document, '{{ document_shape(paths + element_paths) }}')) as parsed
          from {{ relation }}
        ) as read_once
      ) as listed
    ) as named
  ) as read
{%- endmacro %}

{% macro athena__element_texts(relation, key, fields, element_fields, carried=[]) -%}
  {%- set of_document = [] -%}
  {%- for field in fields -%}{%- do of_document.extend(['b_' ~ field.name, 't_' ~ field.name]) -%}{%- endfor -%}
  with document_fields as (
    {{ document_texts(relation, fields, carried=carried) }}
  ),

  elements as (
    {{ document_elements('document_fields', key) }}
  )

  {{ document_texts('elements', element_fields, document='_element', carried=carried + of_document) }}
{%- endmacro %}
