{# Whether a double stands for a decimal result so clearly that rounding it to 4 places cannot be wrong: below 10^8 a
   double is off by less than 10^-7, so only near a tie, or beyond, is the exact and slow expression needed. #}
{% macro rounds_clearly(approximation) -%}
  abs({{ approximation }}) < 1e8 and abs(abs({{ approximation }}) * 10000 - floor(abs({{ approximation }}) * 10000) - 0.5) > 0.01
{%- endmacro %}
