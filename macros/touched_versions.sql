{# Query for all versions of the records that have newer ones. touched and repeated are queries of these names for the keys
   of such records, and of those among them that have several versions; watermarks and by as for newer_rows. #}
{% macro touched_versions(versions, touched, repeated, watermarks, by) -%}
  {{ return(adapter.dispatch('touched_versions')(versions, touched, repeated, watermarks, by)) }}
{%- endmacro %}

{% macro duckdb__touched_versions(versions, touched, repeated, watermarks, by) -%}
  {#- Of a record with one version, what is newer is all there is: hardly ever is anything else looked for. -#}
  select newer.*
  from ({{ newer_rows(versions, '*', watermarks, by) }}) as newer
  where newer._record_key not in (select {{ repeated }}._record_key from {{ repeated }})
  union all
  select versions.*
  from {{ versions }} as versions
  where versions._record_key in (select {{ repeated }}._record_key from {{ repeated }})
{%- endmacro %}

{% macro athena__touched_versions(versions, touched, repeated, watermarks, by) -%}
  select versions.*
  from {{ versions }} as versions
  where versions._record_key in (select {{ touched }}._record_key from {{ touched }})
{%- endmacro %}
