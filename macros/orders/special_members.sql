{# Query with the members that dimensions of things people may not know hold beside the real ones,
   so that a fact's key always finds a row. #}
{% macro special_members() -%}
  select cast(member_key as bigint) as member_key, label
  from (values (-1, 'Unknown'), (-2, 'Not applicable'), (-3, 'Erased')) as members (member_key, label)
{%- endmacro %}
