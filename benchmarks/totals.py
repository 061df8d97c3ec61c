"""`python -m benchmarks.totals FILE`: what storelake's gold must agree on with every other way, as JSON."""

import json
import sys

import duckdb

from benchmarks.peers import as_totals

TOTALS = """
with lines as (
  select order_date, is_revenue, net_amount, net_amount_reporting, false as is_return from gold.fct_order_lines
  union all
  select order_date, is_revenue, net_amount, net_amount_reporting, true from gold.fct_return_lines
)
select
  count(*) filter (not is_return) as order_lines,
  count(*) filter (is_return) as return_lines,
  count(distinct order_date) as days,
  sum(net_amount)::double as net,
  sum(net_amount_reporting)::double as euros,
  (sum(net_amount_reporting) filter (is_revenue))::double as revenue_euros
from lines
"""


def main() -> None:
    """Print the totals of the file that the command line names."""
    with duckdb.connect(sys.argv[1], read_only=True) as database:
        totals = as_totals(database.execute(TOTALS))
        landed = database.execute("select epoch(max(finished_at)) from ops.pulls").fetchone()
    print(json.dumps({**totals, "landed_at": landed[0] if landed else 0.0}))


if __name__ == "__main__":
    main()
