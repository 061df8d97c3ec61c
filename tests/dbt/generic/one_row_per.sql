{# Fails for each key (one or more columns) that more than one row has, and for rows that have NULL in their key or in
   one of never_null. One test for both: a node of dbt costs more than a scan of some columns. #}
{% test one_row_per(model, key, never_null=[]) %}
{{ broken_keys(model, key, (key + never_null) | unique | list) }}
{% endtest %}
