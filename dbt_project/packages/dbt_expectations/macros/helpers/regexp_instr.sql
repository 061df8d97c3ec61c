{# Where in a text a regular expression is found: 1 for its beginning, 0 if nowhere. The search starts at `position`.
   is_raw changes nothing: neither engine gives a backslash in a text a meaning of its own. #}
{% macro regexp_instr(source_value, regexp, position=1, occurrence=1, is_raw=False, flags="") -%}
  {{ return(adapter.dispatch('regexp_instr', 'dbt_expectations')(source_value, regexp, position, occurrence, is_raw, flags)) }}
{%- endmacro %}

{% macro duckdb__regexp_instr(source_value, regexp, position, occurrence, is_raw, flags) -%}
  {%- set text = source_value if position == 1 else 'substr(' ~ source_value ~ ', ' ~ position ~ ')' -%}
  {%- set sought = modules.re.escape(regexp) if 'l' in flags else regexp -%}
  {%- set options = ", '" ~ flags | replace('l', '') ~ "'" if flags | replace('l', '') else '' -%}
  {%- set before = '^((?s:.*?)(?:(?:' ~ sought ~ ')(?s:.*?)){' ~ (occurrence - 1) ~ '})(?:' ~ sought ~ ')' -%}
  case
    when len(regexp_extract_all({{ text }}, {{ dbt_expectations.text_literal(sought) }}, 0{{ options }})) >= {{ occurrence }}
      then length(regexp_extract({{ text }}, {{ dbt_expectations.text_literal(before) }}, 1{{ options }})) + {{ position }}
    when {{ source_value }} is not null then 0
  end
{%- endmacro %}

{% macro athena__regexp_instr(source_value, regexp, position, occurrence, is_raw, flags) -%}
  greatest(regexp_position({{ source_value }}, {{ dbt_expectations.text_literal(dbt_expectations.flagged_regex(regexp, flags)) }}, {{ position }}, {{ occurrence }}), 0)
{%- endmacro %}
