{# Fails for each range that is empty or turned round, or that does not stand to the next one of its partition as gaps
   says: allowed, not_allowed or required. A bound that is NULL fails. #}
{% test mutually_exclusive_ranges(model, lower_bound_column, upper_bound_column, partition_by=None, gaps='allowed', zero_length_range_allowed=False) %}
{%- if execute -%}
{%- set relations = {'allowed': '<=', 'not_allowed': '=', 'required': '<'} -%}
{%- if gaps not in relations -%}
  {%- do dbt_utils.argument_error('mutually_exclusive_ranges', model, 'gaps is one of ' ~ relations | join(', ') ~ ', not ' ~ gaps) -%}
{%- endif -%}
{%- set partition = 'partition by range_of ' if partition_by else '' -%}
with ranges as (
  select
    {% if partition_by %}{{ partition_by }} as range_of, {% endif -%}
    {{ lower_bound_column }} as lower_bound,
    {{ upper_bound_column }} as upper_bound
  from {{ model }}
),

followed as (
  select
    *,
    lead(lower_bound) over ({{ partition }}order by lower_bound, upper_bound) as next_lower_bound,
    lead(1) over ({{ partition }}order by lower_bound, upper_bound) is null as is_last
  from ranges
)

select *
from followed
where not coalesce(lower_bound {{ '<=' if zero_length_range_allowed else '<' }} upper_bound, false)
  or not coalesce(upper_bound {{ relations[gaps] }} next_lower_bound, is_last, false)
{%- endif -%}
{% endtest %}
