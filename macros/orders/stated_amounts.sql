{# Columns of what a line of a shop's document comes to: gross, discount, net and tax, and the same in the base currency as
   the shop states it (…_base_stated). A discount on prices that include tax holds tax itself (discount_tax_amount); without
   it, it is net as the row is. A levy is a tax. sign: '-' for lines of what is given back. #}
{% macro stated_amounts(lines, sign='') -%}
  {%- for side, ending in [('', ''), ('_base', '_base_stated')] %}
  {%- set part = {} -%}
  {%- for name in ['gross', 'discount', 'discount_tax', 'tax', 'levy'] -%}
    {%- set amount = lines ~ '.' ~ name ~ '_amount' -%}
    {%- do part.update({name: stated_base(amount, lines) if side else 'coalesce(' ~ amount ~ ', 0)'}) -%}
  {%- endfor %}
  cast({{ sign }}{{ part.gross }} as {{ sql_type('decimal') }}) as gross_amount{{ ending }},
  cast({{ sign }}({{ part.discount }} - {{ part.discount_tax }}) as {{ sql_type('decimal') }}) as discount_amount{{ ending }},
  cast({{ sign }}({{ part.gross }} - {{ part.discount }} + {{ part.discount_tax }}) as {{ sql_type('decimal') }}) as net_amount{{ ending }},
  cast({{ sign }}({{ part.tax }} + {{ part.levy }}) as {{ sql_type('decimal') }}) as tax_amount{{ ending }}
  {{- ',' if not loop.last }}
  {%- endfor %}
{%- endmacro %}
