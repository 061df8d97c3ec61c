{# Query for all versions of the records that have newer ones, out of a model of versions. repeated is a query of that name for
   the keys of those records that have several; watermarks and by as for newer_rows.
   Of a record with one version, what is newer is all there is: hardly ever is anything else looked for. #}
{% macro touched_versions(model, repeated, watermarks, by) -%}
  select newer.*
  from ({{ newer_rows(model, '*', watermarks, by) }}) as newer
  where newer._record_key not in (select {{ repeated }}._record_key from {{ repeated }})
  union all
  select versions.*
  from {{ ref(model) }} as versions
  where versions._record_key in (select {{ repeated }}._record_key from {{ repeated }})
{%- endmacro %}
