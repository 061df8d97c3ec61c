{# Query for the texts of a document's fields (t_<name>), and whether a field holds something else than one value (b_<name>).
   fields: name, path and type; a path is dotted, or a list of names and of places in lists, and looks inside objects.
   document: the column with the document; carried: columns that stay. A number with places is no text, nor is a
   list or an object: the engines write them differently. Paths that differ only by case are one path to DuckDB, and none
   may lead through the end of another. In layers, so that nothing is computed twice. #}
{% macro document_texts(relation, fields, document='_document', carried=[]) -%}
  {{ return(adapter.dispatch('document_texts')(relation, fields, document, carried)) }}
{%- endmacro %}

{% macro duckdb__document_texts(relation, fields, document='_document', carried=[]) -%}
  {%- set paths = [] -%}
  {%- for field in fields -%}{%- do paths.append(field.path if field.path is not string else field.path.split('.')) -%}{%- endfor -%}
  {%- set kept = document ~ (', _document' if document != '_document') ~ (', ' ~ carried | join(', ') if carried) -%}
  {#- All at once, as texts. Only what may have been no single value is looked at again. -#}
  select
    {{ envelope() }}, {{ kept }}
    {%- for field in fields %},
    b_{{ field.name }}, case when not b_{{ field.name }} then {{ strip('r_' ~ field.name) }} end as t_{{ field.name }}
    {%- endfor %}
  from (
    select
      {{ envelope() }}, {{ kept }}
      {%- for field in fields %},
      r_{{ field.name }}, {{ is_no_single_value('r_' ~ field.name, field.type, document, "'$" ~ document_steps(paths[loop.index0]) ~ "'") }} as b_{{ field.name }}
      {%- endfor %}
    from (
      select
        {{ envelope() }}, {{ kept }}
        {%- for path in paths %},
        parsed{% for part in path %}{% if part is number %}[{{ part + 1 }}]{% else %}."{{ part }}"{% endif %}{% endfor %} as r_{{ fields[loop.index0].name }}
        {%- endfor %}
      from (
        select {{ envelope() }}, {{ kept }}, try(from_json({{ document }}, '{{ document_shape(paths) }}')) as parsed
        from {{ relation }}
      ) as read_once
    ) as named
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
