{# What gift cards, store credit and points paid of a document's total, which is stated without it; shops tell it at the
   document itself or among its extension attributes. kinds: of them; side: '' or '_base'. #}
{% macro prepaid_amount(document, kinds, side='') -%}
  cast(
    {%- for kind in kinds %}
    {%- set told = document ~ '.' ~ kind ~ '_amount, ' ~ document ~ '.extension_' ~ kind ~ '_amount' %}
    {%- set told_base = document ~ '.' ~ kind ~ '_amount_base, ' ~ document ~ '.extension_' ~ kind ~ '_amount_base' %}
    {{ '+ ' if not loop.first }}coalesce(
      {%- if side %}{{ told_base }}, case when {{ document }}.currency = {{ document }}.base_currency then coalesce({{ told }}) end{% else %}{{ told }}{% endif %}, 0)
    {%- endfor %} as {{ sql_type('decimal') }}
  )
{%- endmacro %}
