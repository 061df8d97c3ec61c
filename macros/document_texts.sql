{# Query for the texts of a document's fields (t_<name>), and whether a field holds something else than one value (b_<name>).
   fields: name, path and type; a dotted path looks inside an object. A number with places is no text: the engines write
   it differently. Paths that differ only by case are one path to DuckDB. #}
{% macro document_texts(relation, fields) -%}
  {{ return(adapter.dispatch('document_texts')(relation, fields)) }}
{%- endmacro %}

{% macro duckdb__document_texts(relation, fields) -%}
  {%- set keys = [] -%}
  {%- for field in fields -%}{%- do keys.append(field.path.split('.')[0]) -%}{%- endfor -%}
  select
    {{ envelope() }}, _document
    {%- for field in fields %},
    {%- set parts = field.path.split('.') -%}
    {%- set value = 'fields."' ~ parts[0] ~ '"' if parts | length == 1 else "json_extract(fields.\"" ~ parts[0] ~ "\", '$.\"" ~ parts[1:] | join('"."') ~ "\"')" -%}
    {%- set bad = "coalesce(json_type(" ~ value ~ ") in ('OBJECT', 'ARRAY'" ~ (", 'DOUBLE'" if field.type == 'text' else '') ~ "), false)" %}
    {{ bad }} as b_{{ field.name }},
    {{ strip("case when not " ~ bad ~ " then " ~ value ~ " ->> '$' end") }} as t_{{ field.name }}
    {%- endfor %}
  from (
    select {{ envelope() }}, _document, try(from_json(_document, '{ {%- for key in keys | unique %}"{{ key | replace("'", "''") }}":"JSON"{{ ',' if not loop.last }}{% endfor -%} }')) as fields
    from {{ relation }}
  ) as parsed
{%- endmacro %}

{% macro athena__document_texts(relation, fields) -%}
  select
    {{ envelope() }}, _document
    {%- for field in fields %},
    {%- set parts = field.path.split('.') -%}
    {%- set key = "element_at(fields, '" ~ parts[0] | replace("'", "''") ~ "')" -%}
    {%- set value = key if parts | length == 1 else "json_extract(" ~ key ~ ", '$[\"" ~ parts[1:] | join('"]["') ~ "\"]')" -%}
    {%- set bad = "coalesce(regexp_like(json_format(" ~ value ~ "), '^[\\[{]" ~ ("|^[-0-9].*[.eE]" if field.type == 'text' else '') ~ "'), false)" %}
    {{ bad }} as b_{{ field.name }},
    {{ strip("case when not " ~ bad ~ " then json_extract_scalar(" ~ value ~ ", '$') end") }} as t_{{ field.name }}
    {%- endfor %}
  from (
    select {{ envelope() }}, _document, try_cast(json_parse(_document) as map(varchar, json)) as fields
    from {{ relation }}
  ) as parsed
{%- endmacro %}
