{# dbt's own, but where the warehouse cannot be asked: there a model is as on its first build. #}
{% macro is_incremental() -%}
  {{ return(may_ask() and dbt.is_incremental()) }}
{%- endmacro %}
