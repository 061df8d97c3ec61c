{# Query for the orders of this model's table whose course is another one now; telling: the systems that tell any, as values. #}
{% macro orders_with_changed_lifecycle(courses, course, telling=none) -%}
  select this.order_key, this.order_id
  from {{ this }} as this
  left join {{ courses }} as courses on this.order_key = courses.order_key
  where
    {% if telling %}this.system in ({{ telling }}) and {% endif -%}
    (this.order_number <> coalesce(courses.order_number, this.order_id){% for column in course %} or this.{{ column }} is distinct from courses.{{ column }}{% endfor %})
{%- endmacro %}
