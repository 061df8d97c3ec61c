{# The text of one value as a type; NULL where it is not written as that type is.
   A grammar comes first, since try_cast is no common ground: DuckDB reads 1_000 and 0x1F, Trino full-width digits. #}
{% macro read_as(type, text) -%}
  {{ return(adapter.dispatch('read_as')(type, text)) }}
{%- endmacro %}

{% macro duckdb__read_as(type, text) -%}
  {%- set offset = "'([+-])([0-9]{2}):?([0-9]{2})$'" -%}
  {%- if type == 'text' -%}
    {{ text }}
  {%- elif type == 'decimal' -%}
    case when regexp_full_match({{ text }}, '{{ number_grammar() }}') then try_cast({{ text }} as decimal(18, 4)) end
  {%- elif type == 'rate' -%}
    {#- Casts to decimals of more than 18 digits take a hundred times as long: only for the numbers that need them. -#}
    case when regexp_full_match({{ text }}, '{{ number_grammar() }}') then
      coalesce(cast(try_cast({{ text }} as decimal(18, 12)) as decimal(28, 12)), try_cast({{ text }} as decimal(28, 12)))
    end
  {%- elif type == 'integer' -%}
    case when regexp_full_match({{ text }}, '[+-]?[0-9]+(\.0*)?') then try_cast(regexp_replace({{ text }}, '\.0*$', '') as bigint) end
  {%- elif type == 'flag' -%}
    case lower({{ text }}) when 'true' then true when '1' then true when 'yes' then true when 'false' then false when '0' then false when 'no' then false end
  {%- elif type == 'date' -%}
    case when regexp_full_match({{ text }}, '[0-9]{4}-[0-9]{2}-[0-9]{2}') then try_cast({{ text }} as date) end
  {%- elif type == 'timestamp' -%}
    case when regexp_full_match({{ text }}, '{{ timestamp_grammar() }}') then try_cast(replace({{ text }}, 'T', ' ') as timestamp) end
  {%- elif type == 'utc' -%}
    case when regexp_full_match({{ text }}, '{{ timestamp_grammar() }}(Z|[+-][0-9]{2}:?[0-9]{2})?') then
      try_cast(substr({{ text }}, 1, 10) || ' ' || regexp_extract({{ text }}, '^.{11}([0-9:]{8}([.][0-9]{1,6})?)', 1) as timestamp)
      - to_minutes(coalesce(try_cast(regexp_extract({{ text }}, {{ offset }}, 1) || '1' as integer)
        * (60 * try_cast(regexp_extract({{ text }}, {{ offset }}, 2) as integer) + try_cast(regexp_extract({{ text }}, {{ offset }}, 3) as integer)), 0))
    end
  {%- endif -%}
{%- endmacro %}

{% macro athena__read_as(type, text) -%}
  {%- set offset = "'([+-])([0-9]{2}):?([0-9]{2})$'" -%}
  {%- if type == 'text' -%}
    {{ text }}
  {%- elif type in ('decimal', 'rate') -%}
    case when regexp_like({{ text }}, '^{{ number_grammar() }}$') then try_cast({{ text }} as {{ sql_type(type) }}) end
  {%- elif type == 'integer' -%}
    case when regexp_like({{ text }}, '^[+-]?[0-9]+(\.0*)?$') then try_cast(regexp_replace({{ text }}, '\.0*$', '') as bigint) end
  {%- elif type == 'flag' -%}
    case lower({{ text }}) when 'true' then true when '1' then true when 'yes' then true when 'false' then false when '0' then false when 'no' then false end
  {%- elif type == 'date' -%}
    case when regexp_like({{ text }}, '^[0-9]{4}-[0-9]{2}-[0-9]{2}$') then try_cast({{ text }} as date) end
  {%- elif type == 'timestamp' -%}
    case when regexp_like({{ text }}, '^{{ timestamp_grammar() }}$') then try_cast(replace({{ text }}, 'T', ' ') as timestamp(6)) end
  {%- elif type == 'utc' -%}
    case when regexp_like({{ text }}, '^{{ timestamp_grammar() }}(Z|[+-][0-9]{2}:?[0-9]{2})?$') then
      date_add('minute', -coalesce(try_cast(regexp_extract({{ text }}, {{ offset }}, 1) || '1' as integer)
        * (60 * try_cast(regexp_extract({{ text }}, {{ offset }}, 2) as integer) + try_cast(regexp_extract({{ text }}, {{ offset }}, 3) as integer)), 0),
      try_cast(substr({{ text }}, 1, 10) || ' ' || regexp_extract({{ text }}, '^.{11}([0-9:]{8}([.][0-9]{1,6})?)', 1) as timestamp(6)))
    end
  {%- endif -%}
{%- endmacro %}
