{# Query that gives texts (t_<name>) their types, with the reasons for what could not be read in `_errors`. Never fails.
   Neither values nor documents are repeated: they may be somebody's, and silver is published.
   fields: name, type [, required]; with shapes, b_<name> tells where there was no single value. carried: columns that
   stay. element_fields: those of `_element`, of which none is required where there is no element. #}
{% macro typed_texts(relation, fields, shapes=false, carried=[], element_fields=[]) -%}
  {%- set all_fields = fields + element_fields -%}
  select
    {{ envelope() }},
    {%- for column in carried %}
    {{ column }},
    {%- endfor %}
    {%- for field in all_fields %}
    {{ field.name }},
    {%- endfor %}
    _errors
  from (
    select
      *,
      -- First whether, then why: hardly any row has a reason.
      case when
        not _is_deleted and (
          {%- for field in all_fields %}
          {%- if shapes %}
          b_{{ field.name }} or
          {%- endif %}
          {%- if field.required %}
          {{ '_element is not null and ' if field in element_fields }}t_{{ field.name }} is null or
          {%- endif %}
          {%- if field.type != 'text' %}
          (t_{{ field.name }} is not null and {{ field.name }} is null) or
          {%- endif %}
          {%- endfor %}
          false
        )
      then concat_ws(
        '; '
        {%- for field in all_fields if shapes or field.required or field.type != 'text' %},
        case
          {%- if shapes %} when b_{{ field.name }} then '{{ field.name }}: not a single value'{% endif %}
          {%- if field.required %} when {{ '_element is not null and ' if field in element_fields }}t_{{ field.name }} is null then '{{ field.name }}: missing'{% endif %}
          {%- if field.type != 'text' %} when t_{{ field.name }} is not null and {{ field.name }} is null then '{{ field.name }}: not a {{ field.type }}'{% endif %} end
        {%- endfor %}
      ) end as _errors
    from (
      select
        {{ envelope() }}{{ ', _element' if element_fields }}{{ ', ' ~ carried | join(', ') if carried }}
        {%- for field in all_fields %}
        {%- if shapes %}, b_{{ field.name }}{% endif %},
        t_{{ field.name }}, {{ read_as(field.type, 't_' ~ field.name) }} as {{ field.name }}
        {%- endfor %}
      from {{ relation }}
    ) as valued
  ) as judged
{%- endmacro %}
