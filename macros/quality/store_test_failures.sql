{# Called when a run has ended: ops.test_failures gets the rows that broke a test, and loses what the same tests said
   before. At most 100 rows a test: they are for a person to look at. #}
{% macro store_test_failures(results) -%}
  {%- set tested = results | selectattr('node.resource_type', 'equalto', 'test') | list if execute else [] -%}
  {%- set table = built_relation('test_failures') if tested else none -%}
  {%- if table -%}
    {%- set names = [] -%}
    {%- for result in tested -%}{%- do names.append("'" ~ result.node.name ~ "'") -%}{%- endfor -%}
    {%- do run_query('delete from ' ~ table ~ ' where test_name in (' ~ names | join(', ') ~ ')') -%}
    {%- for result in tested if result.status in ('fail', 'warn') -%}
      {%- do run_query('insert into ' ~ table ~ ' ' ~ failing_rows(result, built_relation('pulls'))) -%}
    {%- endfor -%}
  {%- endif -%}
{%- endmacro %}
