{# How far a model has come: the highest sequence among its rows, or 0 where any was made with other seeds or settings. #}
{% macro watermark(fingerprint) -%}
  case when min(_lookups) = {{ fingerprint }} and max(_lookups) = {{ fingerprint }} then max(_sequence) else 0 end
{%- endmacro %}
