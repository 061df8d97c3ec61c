{# The columns of bronze's envelope that silver keeps, beside the sequence of the pull that brought the version. #}
{% macro envelope() -%}
  source, _record_key, _operation, _record_at, _ingested_at, _pull_id, _position, _sequence
{%- endmacro %}
