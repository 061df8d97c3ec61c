{# The time of the run as timestamp, in the time zone that the variable `dbt_date:time_zone` names, else UTC. #}
{% macro local_now() -%}
  cast(current_timestamp at time zone '{{ var("dbt_date:time_zone", "UTC") }}' as {{ dbt_expectations.type_timestamp() }})
{%- endmacro %}
