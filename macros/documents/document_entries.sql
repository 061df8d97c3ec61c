{# Query with one row per version and top-level key of its document: entry_key and entry_text.
   A version without any (a delete) keeps one row, or it could not supersede what came before it. #}
{% macro document_entries(relation) -%}
  {{ return(adapter.dispatch('document_entries')(relation)) }}
{%- endmacro %}

{% macro duckdb__document_entries(relation) -%}
  select entries.* exclude (entry), entries.entry.key as entry_key, entries.entry.value as entry_text
  from (
    select *, unnest(coalesce(nullif(map_entries(from_json(_document, '"MAP(VARCHAR, VARCHAR)"')), []), [null])) as entry
    from {{ relation }}
  ) as entries
{%- endmacro %}

{% macro athena__document_entries(relation) -%}
  select versions.*, entries.entry_key, json_extract_scalar(entries.entry_value, '$') as entry_text
  from {{ relation }} as versions
  left join unnest(try_cast(try(json_parse(versions._document)) as map(varchar, json))) as entries (entry_key, entry_value) on true
{%- endmacro %}
