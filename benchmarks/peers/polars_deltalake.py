"""Polars with deltalake: Delta tables that new lines are appended to; what is small is written anew."""

from pathlib import Path
from typing import cast
from zipfile import ZipFile

import polars as pl
from deltalake import DeltaTable

from benchmarks.peers import CARRIED_DAYS, LINE_TYPES, REVENUE, Totals

MONEY = pl.Decimal(18, 4)
SAME = ["customer_id", "sku", "unit_price"]


def build(drop: Path, rates: Path, out: Path) -> Totals:
    """Land and build."""
    bronze, orders, returns = (str(out / name) for name in ("bronze_lines", "fct_order_lines", "fct_return_lines"))
    held = set(_read(bronze).select(pl.col("_file").unique()).collect()["_file"]) if _is(bronze) else set()
    files = sorted({str(file) for file in drop.glob("*.csv")} - held)
    if files:
        raw = pl.scan_csv(files, infer_schema=False, include_file_paths="_file").collect()
        raw.write_delta(bronze, mode="append")
        new = _typed(raw.lazy(), _pounds_per_euro(rates)).collect()
        is_return = pl.col("order_id").str.starts_with("C")
        new.filter(~is_return).write_delta(orders, mode="append")
        _linked(new.filter(is_return), _read(orders)).write_delta(returns, mode="append")
    lines = pl.concat(
        [
            _read(orders).with_columns(is_return=pl.lit(value=False)),
            _read(returns).drop("returned_order_id").with_columns(is_return=pl.lit(value=True)),
        ]
    )
    tables = _small_tables(lines)
    # All at once, so that the facts are read once.
    small = dict(zip(tables, pl.collect_all(tables.values()), strict=True))
    for name, table in small.items():
        table.write_delta(str(out / name), mode="overwrite")
    return _totals(lines, _read(returns), small)


def _pounds_per_euro(rates: Path) -> pl.DataFrame:
    with ZipFile(rates) as archive:
        table = pl.read_csv(archive.read("eurofxref-hist.csv"), columns=["Date", "GBP"], infer_schema=False)
    return (
        table.filter(pl.col("GBP") != "N/A")
        .select(fx_rate_date=pl.col("Date").str.to_date(), rate=pl.col("GBP").cast(pl.Float64))
        .sort("fx_rate_date")
    )


def _typed(raw: pl.LazyFrame, rates: pl.DataFrame) -> pl.LazyFrame:
    local_at = pl.col("InvoiceDate").str.to_datetime("%Y-%m-%d %H:%M:%S", time_unit="us")
    line_types = pl.scan_csv(LINE_TYPES).select(sku="stock_code", seeded="line_type")
    typed = raw.select(
        order_id="InvoiceNo",
        order_date=local_at.dt.date(),
        ordered_at=local_at.dt.replace_time_zone("Europe/London", ambiguous="earliest").dt.convert_time_zone("UTC"),
        sku=pl.col("StockCode").str.strip_chars().str.to_uppercase(),
        description="Description",
        customer_id=pl.col("CustomerID").str.strip_suffix(".0"),
        country="Country",
        quantity=pl.col("Quantity").cast(MONEY),
        unit_price=pl.col("UnitPrice").cast(MONEY),
    )
    net = (pl.col("quantity") * pl.col("unit_price")).cast(MONEY)
    return (
        typed.join(line_types, on="sku", how="left")
        .with_columns(
            line_type=pl.when((pl.col("quantity") < 0) & ~pl.col("order_id").str.starts_with("C"))
            .then(pl.lit("stock_adjustment"))
            .when(pl.col("seeded").is_not_null())
            .then(pl.col("seeded"))
            .when(pl.col("order_id").str.starts_with("A"))
            .then(pl.lit("adjustment"))
            .otherwise(pl.lit("product")),
            net_amount=net,
        )
        .drop("seeded")
        .sort("order_date")
        .join_asof(
            rates.lazy(),
            left_on="order_date",
            right_on="fx_rate_date",
            tolerance=f"{CARRIED_DAYS}d",
            coalesce=False,
        )
        .with_columns(net_amount_eur=(pl.col("net_amount").cast(pl.Float64) / pl.col("rate")).round(4).cast(MONEY))
        .drop("rate")
    )


def _linked(returns: pl.DataFrame, orders: pl.LazyFrame) -> pl.DataFrame:
    """Each return with the latest earlier order of the same customer, product and price."""
    sales = (
        orders.filter(pl.col("quantity") > 0)
        .select(*SAME, "ordered_at", returned_order_id="order_id")
        .join(returns.lazy().select(SAME).unique(), on=SAME, how="semi")
        .sort("ordered_at")
        .collect()
    )
    return returns.sort("ordered_at").join_asof(sales, on="ordered_at", by=SAME, check_sortedness=False)


def _small_tables(lines: pl.LazyFrame) -> dict[str, pl.LazyFrame]:
    seen = {"first_seen": pl.col("order_date").min(), "last_seen": pl.col("order_date").max()}
    is_told = (pl.col("unit_price") > 0) & (pl.col("quantity") > 0)
    kept = ~pl.col("is_return")
    days = pl.date_range(pl.date(2009, 1, 1), pl.date(2027, 12, 31), eager=True).alias("day")
    return {
        "dim_product": lines.group_by("sku").agg(
            pl.col("description").filter(is_told).get(pl.col("ordered_at").filter(is_told).arg_max(), null_on_oob=True),
            **seen,
        ),
        "dim_customer": lines.drop_nulls("customer_id")
        .group_by("customer_id")
        .agg(pl.col("country").get(pl.col("ordered_at").arg_max()), **seen),
        "dim_country": lines.select(pl.col("country").unique()),
        "dim_date": days.to_frame()
        .lazy()
        .with_columns(
            iso_year=pl.col("day").dt.iso_year(), iso_week=pl.col("day").dt.week(), weekday=pl.col("day").dt.weekday()
        ),
        "mart_daily_sales": lines.filter(pl.col("line_type").is_in(REVENUE))
        .group_by("order_date")
        .agg(
            orders=pl.col("order_id").filter(kept).n_unique(),
            units=pl.col("quantity").filter(kept).sum(),
            revenue=pl.col("net_amount").sum(),
            revenue_eur=pl.col("net_amount_eur").sum(),
            returned=pl.col("net_amount").filter(~kept).sum(),
        ),
    }


def _totals(lines: pl.LazyFrame, returns: pl.LazyFrame, small: dict[str, pl.DataFrame]) -> Totals:
    whole, linked = pl.collect_all(
        [
            lines.select(
                order_lines=(~pl.col("is_return")).sum(),
                return_lines=pl.col("is_return").sum(),
                days=pl.col("order_date").n_unique(),
                net=pl.col("net_amount").sum().cast(pl.Float64),
                euros=pl.col("net_amount_eur").sum().cast(pl.Float64),
            ),
            returns.select(linked_returns=pl.col("returned_order_id").count()),
        ]
    )
    small_counts = {
        "products": small["dim_product"].height,
        "customers": small["dim_customer"].height,
        "countries": small["dim_country"].height,
        "revenue_euros": float(small["mart_daily_sales"]["revenue_eur"].sum()),
    }
    return cast(Totals, whole.row(0, named=True) | linked.row(0, named=True) | small_counts)


def _is(table: str) -> bool:
    return DeltaTable.is_deltatable(table)


def _read(table: str) -> pl.LazyFrame:
    return pl.scan_delta(table)
