{# A regular expression that carries DuckDB's flags in itself, for Trino's functions, which take none. Without s a dot
   matches no line break there either, so m, n and p say nothing new. #}
{% macro flagged_regex(regex, flags) -%}
  {%- set inline = ('i' if 'i' in flags else '') ~ ('s' if 's' in flags else '') -%}
  {{ return(('(?' ~ inline ~ ')' if inline else '') ~ ('\\Q' ~ regex ~ '\\E' if 'l' in flags else regex)) }}
{%- endmacro %}
