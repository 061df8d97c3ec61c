{# Query for the texts of a document's fields (t_<name>), and whether a field holds something else than one value (b_<name>).
   fields: name, path and type; a path is dotted, or a list of names and of places in lists, and looks inside objects.
   document: the column with the document; carried: columns that stay. A number with places is no text, nor is a
   list or an object: the engines write them differently. Paths that differ only by case are one path to DuckDB. In layers, so that nothing is computed twice. #}
{% macro document_texts(relation, fields, document='_document', carried=[]) -%}
  {{ return(adapter.dispatch('document_texts')(relation, fields, document, carried)) }}
{%- endmacro %}

{% macro duckdb__document_texts(relation, fields, document='_document', carried=[]) -%}
  {%- set keys = [] -%}
  {%- for field in fields -%}{%- do keys.append((field.path if field.path is not string else field.path.split('.'))[0] | replace("'", "''")) -%}{%- endfor -%}
  {%- set keys = keys | unique | list -%}
  {%- set kept = document ~ (', _document' if document != '_document') ~ (', ' ~ carried | join(', ') if carried) -%}
  {#- Where every value is a text (as in all files), the texts are taken at once: three times as fast as by way of JSON. -#}
  select
    {{ envelope() }}, {{ kept }}
    {%- for field in fields %},
    b_{{ field.name }}, case when not b_{{ field.name }} then {{ strip('r_' ~ field.name) }} end as t_{{ field.name }}
    {%- endfor %}
  from (
    select
      {{ envelope() }}, {{ kept }}
      {%- for field in fields %}{% set parts = field.path if field.path is not string else field.path.split('.') %},
      coalesce(json_type(v_{{ field.name }}) in ('OBJECT', 'ARRAY'{{ ", 'DOUBLE'" if field.type == 'text' }}), false) as b_{{ field.name }},
      {% if parts | length > 1 %}v_{{ field.name }} ->> '$'{% else %}coalesce(plain."{{ parts[0] }}", v_{{ field.name }} ->> '$'){% endif %} as r_{{ field.name }}
      {%- endfor %}
    from (
      select
        {{ envelope() }}, {{ kept }}, plain
        {%- for field in fields %}{% set parts = field.path if field.path is not string else field.path.split('.') %},
        {% if parts | length == 1 %}mixed."{{ parts[0] }}"{% else %}json_extract(mixed."{{ parts[0] }}", '${% for part in parts[1:] %}{% if part is number %}[{{ part }}]{% else %}."{{ part | replace("'", "''") }}"{% endif %}{% endfor %}'){% endif %} as v_{{ field.name }}
        {%- endfor %}
      from (
        select
          {{ envelope() }}, {{ kept }},
          case when only_texts then try(from_json({{ document }}, '{ {%- for key in keys %}"{{ key }}":"VARCHAR"{{ ',' if not loop.last }}{% endfor -%} }')) end as plain,
          case when not only_texts then try(from_json({{ document }}, '{ {%- for key in keys %}"{{ key }}":"JSON"{{ ',' if not loop.last }}{% endfor -%} }')) end as mixed
        from (
          select {{ envelope() }}, {{ kept }}, not regexp_matches({{ document }}, '":\s*[^"\s]') as only_texts
          from {{ relation }}
        ) as looked_at
      ) as parsed
    ) as extracted
  ) as read
{%- endmacro %}

{% macro athena__document_texts(relation, fields, document='_document', carried=[]) -%}
  {%- set kept = document ~ (', _document' if document != '_document') ~ (', ' ~ carried | join(', ') if carried) -%}
  select
    {{ envelope() }}, {{ kept }}
    {%- for field in fields %},
    b_{{ field.name }}, case when not b_{{ field.name }} then {{ strip('r_' ~ field.name) }} end as t_{{ field.name }}
    {%- endfor %}
  from (
    select
      {{ envelope() }}, {{ kept }}
      {%- for field in fields %},
      coalesce(regexp_like(json_format(v_{{ field.name }}), '^[\[{]{{ '|^[-0-9].*[.eE]' if field.type == 'text' }}'), false) as b_{{ field.name }},
      json_extract_scalar(v_{{ field.name }}, '$') as r_{{ field.name }}
      {%- endfor %}
    from (
      select
        {{ envelope() }}, {{ kept }}
        {%- for field in fields %}{% set parts = field.path if field.path is not string else field.path.split('.') %}{% set key = "element_at(fields, '" ~ parts[0] | replace("'", "''") ~ "')" %},
        {% if parts | length == 1 %}{{ key }}{% else %}json_extract({{ key }}, '${% for part in parts[1:] %}{% if part is number %}[{{ part }}]{% else %}["{{ part | replace("'", "''") }}"]{% endif %}{% endfor %}'){% endif %} as v_{{ field.name }}
        {%- endfor %}
      from (
        select {{ envelope() }}, {{ kept }}, try_cast(try(json_parse({{ document }})) as map(varchar, json)) as fields
        from {{ relation }}
      ) as parsed
    ) as extracted
  ) as read
{%- endmacro %}
