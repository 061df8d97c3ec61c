-- Warns of days outside of the variables dim_date_start and dim_date_end on which something was sold or given back: dim_date
-- has these days for them, and none around them. Move the variables, or let the shop mend a date that is a mistake.
{{ config(severity='warn') }}

select lines.system, lines.source, lines.order_date, count(*) as line_count
from {{ ref('int_order_lines') }} as lines
inner join {{ ref('dim_date') }} as dates on lines.order_date = dates.date_day and not dates.is_in_calendar
where not lines._is_deleted
group by lines.system, lines.source, lines.order_date
