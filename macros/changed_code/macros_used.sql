{# Adds to found (a dict) the code of the project's macros that these call, directly or through others, as a hash by name.
   known keeps it for all models of a run. Of a macro with a body for each engine, only this engine's counts. #}
{% macro macros_used(macro_ids, found, known) -%}
  {%- set ours, other, waiting = 'macro.' ~ project_name ~ '.', 'athena__' if target.type == 'duckdb' else 'duckdb__', macro_ids | list -%}
  {%- for macro_id in waiting -%}
    {%- set name = macro_id.split('.')[-1] -%}
    {%- if macro_id.startswith(ours) and name not in found and not name.startswith(other) -%}
      {%- set macro = context[project_name][name].macro -%}
      {%- if name not in known -%}
        {%- do known.update({name: local_md5(code_of(macro.macro_sql))}) -%}
      {%- endif -%}
      {%- do found.update({name: known[name]}) -%}
      {%- do waiting.extend(macro.depends_on.macros) -%}
    {%- endif -%}
  {%- endfor -%}
{%- endmacro %}
