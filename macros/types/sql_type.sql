{# The SQL type of a kind of value that documents hold. #}
{% macro sql_type(type) -%}
  {{ return(adapter.dispatch('sql_type')(type)) }}
{%- endmacro %}

{% macro duckdb__sql_type(type) -%}
  {{ {'text': 'varchar', 'decimal': 'decimal(18, 4)', 'rate': 'decimal(28, 12)', 'integer': 'bigint', 'flag': 'boolean',
      'date': 'date', 'timestamp': 'timestamp', 'utc': 'timestamp'}[type] }}
{%- endmacro %}

{% macro athena__sql_type(type) -%}
  {{ {'text': 'varchar', 'decimal': 'decimal(18, 4)', 'rate': 'decimal(28, 12)', 'integer': 'bigint', 'flag': 'boolean',
      'date': 'date', 'timestamp': 'timestamp(6)', 'utc': 'timestamp(6)'}[type] }}
{%- endmacro %}
