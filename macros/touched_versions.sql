{# Query for all versions of the records of which there are new ones, out of a model of versions. news: see new_pulls; repeated:
   what goes into `in (…)` for the keys of those among them that have several versions, and named: whether these are values. #}
{% macro touched_versions(versions, news, repeated, named) -%}
  {{ return(adapter.dispatch('touched_versions')(versions, news, repeated, named)) }}
{%- endmacro %}

{% macro duckdb__touched_versions(versions, news, repeated, named) -%}
  {#- Of a record with one version, what is new is all there is: hardly ever is anything else looked for. -#}
  select newer.*
  from {{ versions }} as newer
  where newer._sequence in ({{ news }}) and not coalesce(newer._record_key in ({{ repeated }}), false)
  union all
  select versions.*
  from {{ versions }} as versions
  where versions._record_key in ({{ repeated }})
{%- endmacro %}

{% macro athena__touched_versions(versions, news, repeated, named) -%}
  {%- if named -%}
  {{ duckdb__touched_versions(versions, news, repeated, named) }}
  {%- else -%}
  {#- Not values, but a query, which brings all of its stages each time, of which there may be 150. -#}
  select versions.*
  from {{ versions }} as versions
  where versions._record_key in (select newer._record_key from {{ versions }} as newer where newer._sequence in ({{ news }}))
  {%- endif -%}
{%- endmacro %}
