{# Names of the columns in which a line of a shop's document has its amounts, as stated_amounts takes them. #}
{% macro stated_columns() -%}
  {%- set names = [] -%}
  {%- for name in ['gross', 'discount', 'discount_tax', 'tax', 'levy'] -%}
    {%- do names.extend([name ~ '_amount', name ~ '_amount_base']) -%}
  {%- endfor -%}
  {{ return(names) }}
{%- endmacro %}
