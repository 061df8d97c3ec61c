{# Fails for each value of a column that the column it points to does not have; NULL points nowhere.
   relations: column, to (a relation) and field. One test for all of a model: a node of dbt costs more than a join. #}
{% test related(model, relations) %}
{%- for relation in relations %}
select
  '{{ relation.column }}' as column_name,
  cast(pointing.{{ relation.column }} as varchar) as value_not_found,
  pointing.rows_found
from (
  select {{ relation.column }}, count(*) as rows_found
  from {{ model }}
  where {{ relation.column }} is not null
  group by {{ relation.column }}
) as pointing
left join {{ relation.to }} as pointed_to on pointing.{{ relation.column }} = pointed_to.{{ relation.field }}
where pointed_to.{{ relation.field }} is null
{%- if not loop.last %}

union all
{% endif %}
{%- endfor %}
{% endtest %}
