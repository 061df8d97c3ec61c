{# Fails for each row that meets a condition and whose key is not among those of another table's rows that meet one. #}
{% test relationships_where(model, column_name, to, field, from_condition="1=1", to_condition="1=1") %}
{%- if execute -%}
with kept_keys as (
  select distinct {{ field }} as kept_key
  from {{ to }}
  where {{ to_condition }}
),

wanted_keys as (
  select {{ column_name }} as wanted_key
  from {{ model }}
  where {{ column_name }} is not null and ({{ from_condition }})
)

select wanted_keys.wanted_key
from wanted_keys
left join kept_keys on wanted_keys.wanted_key = kept_keys.kept_key
where kept_keys.kept_key is null
{%- endif -%}
{% endtest %}
