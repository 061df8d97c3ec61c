{# Columns for when a line's clock says it was ordered: the instant in UTC, and the day where its store is. #}
{% macro line_times(lines, stores) -%}
  case when {{ lines }}.is_utc then {{ lines }}.clock_time else {{ local_to_utc(lines ~ '.clock_time', stores ~ '.time_zone') }} end as ordered_at,
  case when {{ lines }}.is_utc then {{ local_date(lines ~ '.clock_time', stores ~ '.time_zone') }} else cast({{ lines }}.clock_time as date) end as order_date
{%- endmacro %}
