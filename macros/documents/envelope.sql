{# The columns of bronze's envelope that silver keeps; the pull that brought the version goes by its sequence. #}
{% macro envelope() -%}
  source, _record_key, _is_deleted, _record_at, _ingested_at, _position, _sequence
{%- endmacro %}
