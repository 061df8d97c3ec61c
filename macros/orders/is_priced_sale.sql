{# Condition that a line sold a product at a price: only such lines tell what a product is called and what it costs. #}
{% macro is_priced_sale(lines) -%}
  not {{ lines }}.is_return and {{ lines }}.line_type = 'product' and {{ lines }}.quantity > 0 and {{ lines }}.unit_price > 0
{%- endmacro %}
