{# Query for credit memos with the part of their discount, and of the tax in it (discount_tax_amount), that is the shipping's
   (rest_…). A memo states one discount for all: what is not its items' is the shipping's. memos, items: names of queries. #}
{% macro memos_with_rests(memos, items) -%}
  select
    memos.*,
    {%- for side in ['', '_base'] %}
    {%- set discount = stated_base('memos.discount_amount', 'memos') if side else 'memos.discount_amount' %}
    {%- set tax = stated_base('memos.discount_tax_amount', 'memos') if side else 'memos.discount_tax_amount' %}
    -- Written with a minus, though not by all.
    abs({{ discount }}) - sums.discount_amount{{ side }} as rest_discount_amount{{ side }},
    coalesce(nullif(memos.shipping_discount_tax_amount{{ side }}, 0), {{ tax }} - sums.discount_tax_amount{{ side }}) as rest_discount_tax_amount{{ side }}
    {{- ',' if not loop.last }}
    {%- endfor %}
  from {{ memos }} as memos
  inner join (
    select
      memos._sequence, memos._position,
      {%- for amount in ['discount_amount', 'discount_tax_amount'] %}
      sum(coalesce(items.{{ amount }}, 0)) as {{ amount }},
      {{ sum_if_known(stated_base('items.' ~ amount, 'items')) }} as {{ amount }}_base{{ ',' if not loop.last }}
      {%- endfor %}
    from {{ memos }} as memos
    left join {{ items }} as items on memos._sequence = items._sequence and memos._position = items._position
    group by memos._sequence, memos._position
  ) as sums
    on memos._sequence = sums._sequence and memos._position = sums._position
{%- endmacro %}
