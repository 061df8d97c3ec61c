-- Fails when something is left of an order that was canceled as a whole: then a line of it, such as its shipping, still counts
-- as revenue. Of a line without units no part is canceled.
select lines.system, lines.source, lines.order_id, lines.order_line_id, lines.net_amount, lines.canceled_net_amount
from {{ ref('fct_order_lines') }} as lines
inner join {{ ref('fct_orders') }} as orders on lines.order_key = orders.order_key
where
  orders.state = 'canceled' and lines.quantity <> 0
  and (
    lines.net_amount <> lines.canceled_net_amount
    or lines.net_amount_base is distinct from lines.canceled_net_amount_base
    or lines.net_amount_reporting is distinct from lines.canceled_net_amount_reporting
  )
