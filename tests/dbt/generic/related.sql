{# Fails for each value of a column that the column it points to does not have; NULL points nowhere.
   relations: column, to (a relation) and field. One test for all of a model: a node of dbt costs more than a join. #}
{% test related(model, relations) %}
{{ values_not_found(model, relations) }}
{% endtest %}
