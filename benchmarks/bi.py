"""`python -m benchmarks.bi`: what twenty questions of a BI tool scan on Athena, against the same rows as plain JSON.

It asks the lake that the environment names, after `storelake build` and `storelake parity`, whose file tells how large
the rows of each table would be as lines of JSON in files without partitions: all of them, as nothing could be left out.
"""

import os
import re
import sys
from typing import Any

import duckdb

from ingestion import environment
from ingestion.errors import StorelakeError
from ingestion.lake import athena
from storelake.athena import scan_costs

MOST = 0.05
"""The part of the JSON that all questions together may scan."""
_LAST_30_DAYS = "between date_add('day', -29, {today}) and {today}"
QUESTIONS = {
    "revenue by store, last 30 days": f"""
        select s.store_name, sum(l.net_amount_reporting) from {{gold}}.fct_order_lines as l
        inner join {{gold}}.dim_store as s on l.store_key = s.store_key
        where l.is_revenue and l.order_date {_LAST_30_DAYS} group by 1""",
    "revenue by day, last 30 days": f"""
        select order_date, sum(revenue_reporting) from {{gold}}.mart_daily_sales
        where order_date {_LAST_30_DAYS} group by 1""",
    "revenue by month": """
        select date_trunc('month', order_date), sum(revenue_reporting) from {gold}.mart_daily_sales group by 1""",
    "orders of today": """
        select count(*), sum(total_amount_reporting) from {gold}.fct_orders where order_date = {today}""",
    "this month against the month before": """
        select date_trunc('month', order_date), sum(net_amount_reporting) from {gold}.fct_order_lines
        where order_date >= date_add('month', -1, date_trunc('month', {today})) and is_revenue group by 1""",
    "one product's sales by day": """
        select order_date, sum(quantity), sum(net_amount_reporting) from {gold}.fct_order_lines
        where sku = 'SL-1001' group by 1""",
    "one product's history of names and prices": """
        select store_key, valid_from, description, list_price from {gold}.dim_product_history where sku = 'SL-1001'""",
    "one product's stock, last 30 days": f"""
        select date_day, location, quantity from {{gold}}.fct_inventory_daily
        where sku = 'SL-1001' and date_day {_LAST_30_DAYS}""",
    "top 20 products, last 30 days": f"""
        select sku, sum(net_amount_reporting) as revenue from {{gold}}.fct_order_lines
        where is_revenue and order_date {_LAST_30_DAYS} group by 1 order by 2 desc limit 20""",
    "top 20 customers": """
        select customer_key, sum(net_amount_reporting) as revenue from {gold}.fct_order_lines
        where is_revenue group by 1 order by 2 desc limit 20""",
    "one customer's orders": """
        select order_id, order_date, total_amount_reporting from {gold}.fct_orders
        where customer_key = (select max(customer_key) from {gold}.dim_customer where not is_guest)""",
    "one order's lines": """
        select sku, quantity, net_amount from {gold}.fct_order_lines where order_id = '536365'""",
    "revenue by country": """
        select ship_country, sum(net_amount_reporting) from {gold}.fct_order_lines where is_revenue group by 1""",
    "average order by store and month": """
        select store_key, date_trunc('month', order_date), avg(total_amount_reporting) from {gold}.fct_orders
        group by 1, 2""",
    "new customers by month": """
        select date_trunc('month', first_order_date), count(*) from {gold}.dim_customer group by 1""",
    "return rate by product": """
        select sku, sum(units_returned), sum(units_sold) from {gold}.mart_product_performance group by 1""",
    "refunds, last 30 days": f"""
        select line_type, sum(net_amount_reporting) from {{gold}}.fct_return_lines
        where order_date {_LAST_30_DAYS} group by 1""",
    "hours to shipment by store": """
        select store_key, approx_percentile(hours_to_shipment, 0.5) from {gold}.fct_orders group by 1""",
    "stock of today by location": """
        select location, sum(quantity), count_if(quantity <= 0) from {gold}.fct_inventory_daily
        where date_day = {today} group by 1""",
    "open orders by status": """
        select status, count(*) from {gold}.fct_orders where state in ('new', 'processing') group by 1""",
}


def main() -> int:
    """Ask all of them and print what they scanned as a table of Markdown; 1 where they scan too much."""
    lake = environment.load(os.environ)
    file = lake.work / "parity" / "work" / "storelake.duckdb"
    if not lake.bucket or not file.exists():
        raise StorelakeError("Build a bucket's lake first, and compare it: storelake build, storelake parity.")
    lines, all_scanned, all_json = [], 0, 0
    with duckdb.connect(str(file), read_only=True) as database:
        found = database.execute("select max(order_date) from gold.fct_order_lines").fetchone()
        assert found is not None
        today = f"date '{found[0]}'"
        for name, question in QUESTIONS.items():
            tables = sorted(set(re.findall(r"\{gold\}\.(\w+)", question)))
            as_json = sum(_json_bytes(database, table) for table in tables)
            execution = ask(lake, question.format(gold=f'"{lake.catalog_prefix}_gold"', today=today))
            statistics = execution["Statistics"]
            scanned, part = statistics["DataScannedInBytes"], statistics["DataScannedInBytes"] / as_json
            all_scanned, all_json = all_scanned + scanned, all_json + as_json
            dollars = scan_costs.charged(execution) / 1e12 * scan_costs.DOLLARS_PER_TB
            sizes = f"{scanned / 1e3:,.0f} | {as_json / 1e3:,.0f} | {part:.1%}"
            lines.append(f"| {name} | {sizes} | {seconds(execution):.1f} | {dollars:.5f} |")
    print("| question | KB scanned | KB of JSON | part | seconds | dollars |\n| --- | --: | --: | --: | --: | --: |")
    print("\n".join(lines))
    together = all_scanned / all_json
    print(f"| together | {all_scanned / 1e3:,.0f} | {all_json / 1e3:,.0f} | {together:.1%} | | |")
    return int(together > MOST)


def ask(lake: environment.Environment, statement: str) -> dict[str, Any]:
    """Run one statement; what Athena's history says of it."""
    place = athena.run(lake, statement)
    identity = place.rsplit("/", 1)[1].partition(".")[0]
    said: dict[str, Any] = athena.client().get_query_execution(QueryExecutionId=identity)["QueryExecution"]
    return said


def seconds(execution: dict[str, Any]) -> float:
    """How long the engine had to do with it."""
    milliseconds: int = execution["Statistics"]["EngineExecutionTimeInMillis"]
    return milliseconds / 1000


def rows(lake: environment.Environment, query: str) -> list[list[str]]:
    """The rows of a query with a few hundred of them, as texts."""
    identity = ask(lake, query)["QueryExecutionId"]
    said = athena.client().get_query_results(QueryExecutionId=identity)["ResultSet"]["Rows"]
    return [[value["VarCharValue"] for value in row["Data"]] for row in said[1:]]


def _json_bytes(database: duckdb.DuckDBPyConnection, table: str) -> int:
    found = database.execute(f'select sum(strlen(cast(to_json(t) as varchar)) + 1) from gold."{table}" as t').fetchone()
    return int(found[0] or 1) if found else 1


if __name__ == "__main__":
    sys.exit(main())
