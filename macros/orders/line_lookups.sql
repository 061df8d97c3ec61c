{# Query for the fingerprint of the seeds and settings that the lines of orders and returns are made with, and of what a
   line is: raise `edition` with a column that rows of earlier builds lack, and they are made anew. #}
{% macro line_lookups() -%}
  {{ fingerprint(
    [
      {'relation': ref('int_stores'), 'columns': ['system', 'source', 'store_id', 'time_zone', 'currency', 'base_currency']},
      {'relation': ref('line_types'), 'columns': ['system', 'stock_code', 'line_type']},
      {'relation': ref('line_type_rules'), 'columns': ['line_type', 'is_revenue', 'has_product']},
      {'relation': ref('countries'), 'columns': ['country_code']},
      {'relation': ref('country_names'), 'columns': ['system', 'country_name', 'country_code']},
    ],
    settings=[var('reporting_currency'), 'edition 4'],
  ) }}
{%- endmacro %}
