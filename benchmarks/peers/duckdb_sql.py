"""Plain DuckDB SQL: one database file, new files are inserted, what is small is made anew."""

from pathlib import Path
from zipfile import ZipFile

import duckdb

from benchmarks.peers import CARRIED_DAYS, LINE_TYPES, REVENUE, Totals, as_totals

TABLES = """
create table if not exists bronze_lines (
  InvoiceNo text, StockCode text, Description text, Quantity text, InvoiceDate text, UnitPrice text,
  CustomerID text, Country text, filename text
);
create table if not exists fct_order_lines (
  order_id text, order_date date, ordered_at timestamp, sku text, description text, customer_id text, country text,
  line_type text, quantity decimal(18, 4), unit_price decimal(18, 4), net_amount decimal(18, 4),
  net_amount_eur decimal(18, 4), fx_rate_date date
);
create table if not exists fct_return_lines as
select *, null::text as returned_order_id from fct_order_lines limit 0;
"""

RATES = """
create or replace temp table quoted as
select Date::date as rate_date, GBP::double as rate from read_csv($rates, all_varchar = true) where GBP <> 'N/A';

create or replace temp table gbp as
select day::date as day, rate, rate_date
from (
  select
    d.day,
    last_value(rate ignore nulls) over so_far as rate,
    last_value(rate_date ignore nulls) over so_far as rate_date
  from generate_series(date '1999-01-01', date '2027-12-31', interval 1 day) as d (day)
  left join quoted on d.day = rate_date
  window so_far as (order by d.day)
)
where day::date - rate_date <= $carried_days;
"""

LINES = """
create or replace temp table new_files as select unnest($files) as filename;

create or replace temp table line_types as select * from read_csv($line_types);

insert into bronze_lines
select * from read_csv($files, all_varchar = true, header = true, filename = true);

create or replace temp view new_lines as
with typed as (
  select
    InvoiceNo as order_id,
    InvoiceDate::timestamp as local_at,
    upper(trim(StockCode)) as sku,
    Description as description,
    split_part(CustomerID, '.', 1) as customer_id,
    Country as country,
    Quantity::decimal(18, 4) as quantity,
    UnitPrice::decimal(18, 4) as unit_price,
    (Quantity::decimal(12, 2) * UnitPrice::decimal(14, 4))::decimal(18, 4) as net_amount
  from bronze_lines
  semi join new_files using (filename)
)
select
  order_id,
  local_at::date as order_date,
  (local_at at time zone 'Europe/London') at time zone 'UTC' as ordered_at,
  sku, description, customer_id, country,
  case
    when quantity < 0 and order_id not like 'C%' then 'stock_adjustment'
    when line_types.line_type is not null then line_types.line_type
    when order_id like 'A%' then 'adjustment'
    else 'product'
  end as line_type,
  quantity, unit_price, net_amount,
  round(net_amount::double / gbp.rate, 4)::decimal(18, 4) as net_amount_eur,
  gbp.rate_date as fx_rate_date
from typed
left join gbp on gbp.day = local_at::date
left join line_types on line_types.stock_code = sku;

insert into fct_order_lines select * from new_lines where order_id not like 'C%';

create or replace temp table new_returns as select * from new_lines where order_id like 'C%';

-- As a window, since an asof join over many small groups takes ten times as long.
insert into fct_return_lines
with sales as (
  select customer_id, sku, unit_price, ordered_at, order_id as returned_order_id
  from fct_order_lines
  semi join new_returns using (customer_id, sku, unit_price)
  where quantity > 0
),

both_kinds as (
  select *, null as returned_order_id, true as is_return from new_returns
  union all by name
  select *, false as is_return from sales
),

linked as (
  select
    * replace (
      last_value(returned_order_id ignore nulls) over (
        partition by customer_id, sku, unit_price order by ordered_at, is_return
        rows between unbounded preceding and current row
      ) as returned_order_id
    )
  from both_kinds
)

select * exclude (is_return) from linked where is_return;
"""

SMALL_TABLES = """
create or replace temp view lines as
select * exclude (returned_order_id), true as is_return from fct_return_lines
union all by name
select *, false as is_return from fct_order_lines;

create or replace table dim_product as
select
  sku,
  arg_max(description, ordered_at) filter (unit_price > 0 and quantity > 0) as description,
  min(order_date) as first_seen,
  max(order_date) as last_seen
from lines group by sku;

create or replace table dim_customer as
select
  customer_id, arg_max(country, ordered_at) as country, min(order_date) as first_seen, max(order_date) as last_seen
from lines where customer_id is not null group by customer_id;

create or replace table dim_country as select distinct country from lines;

create or replace table dim_date as
select day::date as day, isoyear(day) as iso_year, week(day) as iso_week, dayofweek(day) as weekday
from generate_series(date '2009-01-01', date '2027-12-31', interval 1 day) as d (day);

create or replace table mart_daily_sales as
select
  order_date,
  count(distinct order_id) filter (not is_return) as orders,
  sum(quantity) filter (not is_return) as units,
  sum(net_amount) as revenue,
  sum(net_amount_eur) as revenue_eur,
  sum(net_amount) filter (is_return) as returned
from lines where line_type in $revenue group by order_date;
"""

TOTALS = """
select
  (select count(*) from fct_order_lines) as order_lines,
  (select count(*) from fct_return_lines) as return_lines,
  (select count(returned_order_id) from fct_return_lines) as linked_returns,
  (select count(*) from dim_product) as products,
  (select count(*) from dim_customer) as customers,
  (select count(*) from dim_country) as countries,
  (select count(distinct order_date) from lines) as days,
  (select sum(net_amount)::double from lines) as net,
  (select sum(net_amount_eur)::double from lines) as euros,
  (select sum(revenue_eur)::double from mart_daily_sales) as revenue_euros
"""


def build(drop: Path, rates: Path, out: Path) -> Totals:
    """Land and build."""
    with ZipFile(rates) as archive:
        archive.extract("eurofxref-hist.csv", out)
    with duckdb.connect(str(out / "star.duckdb"), config={"threads": 2, "preserve_insertion_order": False}) as db:
        db.execute(TABLES)
        held = {name for (name,) in db.execute("select distinct filename from bronze_lines").fetchall()}
        files = sorted({str(file) for file in drop.glob("*.csv")} - held)
        db.execute("begin")
        _each(db, RATES, rates=str(out / "eurofxref-hist.csv"), carried_days=CARRIED_DAYS)
        if files:
            _each(db, LINES, files=files, line_types=str(LINE_TYPES))
        _each(db, SMALL_TABLES, revenue=list(REVENUE))
        db.execute("commit")
        return as_totals(db.execute(TOTALS))


def _each(db: duckdb.DuckDBPyConnection, script: str, **values: object) -> None:
    for statement in script.split(";\n"):
        wanted = {name: value for name, value in values.items() if f"${name}" in statement}
        db.execute(statement, wanted or None)
