{# The versions of order and return lines that an increment of this model has to look at, as something to select from: the
   new ones, and of the others those on the days of orders and lines that the new ones tell of. By the days Athena leaves
   out files; DuckDB takes them all, since it keeps what it reads once for all steps. #}
{% macro versions_in_reach(versions) -%}
  {{ return(adapter.dispatch('versions_in_reach')(versions)) }}
{%- endmacro %}

{% macro duckdb__versions_in_reach(versions) -%}
  {{ return(versions) }}
{%- endmacro %}

{% macro athena__versions_in_reach(versions) -%}
  {%- if not is_incremental() -%} {{ return(versions) }} {%- endif -%}
  {%- set seen = run_query('with lookups as (' ~ line_lookups() ~ ') ' ~ watermarks('lookups', by=['system', 'entity'])).rows -%}
  {#- Nothing is there yet, or all is made anew. -#}
  {%- if not seen or seen | map(attribute=2) | min == 0 -%} {{ return(versions) }} {%- endif -%}
  {%- set is_new -%}
    (
    {%- for system, entity, sequence in seen %}
    system = '{{ system }}' and entity = '{{ entity }}' and _sequence > {{ sequence }} or
    {%- endfor %} not (
    {%- for system, entity, sequence in seen %}
    {{ 'or ' if not loop.first }}system = '{{ system }}' and entity = '{{ entity }}'
    {%- endfor %}))
  {%- endset -%}
  {#- What is gone tells only its key; a version without lines not even that, and then all days may have some. -#}
  {%- set days -%}
    select cast(clock_time as date) as day from {{ versions }} where {{ is_new }}
    union
    select held.order_date
    from {{ this }} as held
    inner join (select distinct system, source, order_id from {{ versions }} where {{ is_new }}) as told
      on held.system = told.system and held.source = told.source and held.order_id = told.order_id
    union
    select held.order_date
    from {{ this }} as held
    inner join (select distinct order_line_key from {{ versions }} where order_id is null and {{ is_new }}) as gone
      on held.order_line_key = gone.order_line_key
    union
    select held.order_date
    from {{ this }} as held
    where exists (select 1 from {{ versions }} where order_line_key is null and {{ is_new }})
  {%- endset -%}
  {{ return(
    '(select * from ' ~ versions ~ ' where ' ~ is_new ~
    ' union all select * from ' ~ versions ~ ' where not ' ~ is_new ~ ' and ' ~ days_within('clock_time', days, margin=1) ~ ')'
  ) }}
{%- endmacro %}
