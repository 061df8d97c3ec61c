{# A double as decimal(18, 4) where it stands for a decimal result so clearly that its rounding cannot be wrong: below
   10^8 a double is off by less than 10^-7, so only near a tie, or beyond, is the exact and slow expression needed. #}
{% macro round_money(approximation, exact) -%}
  case
    when abs({{ approximation }}) < 1e8 and abs(abs({{ approximation }}) * 10000 - floor(abs({{ approximation }}) * 10000) - 0.5) > 0.01
      then cast({{ approximation }} as decimal(18, 4))
    else {{ exact }}
  end
{%- endmacro %}
