"""pandas: one parquet file a load in bronze and facts; what is small is written anew.

Money is floats rounded to 4 places, as pandas is mostly used.
"""

from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from benchmarks.peers import CARRIED_DAYS, LINE_TYPES, REVENUE, Totals

SAME = ["customer_id", "sku", "unit_price"]


def build(drop: Path, rates: Path, out: Path) -> Totals:
    """Land and build."""
    folders = {name: out / name for name in ("bronze_lines", "fct_order_lines", "fct_return_lines")}
    for folder in folders.values():
        folder.mkdir(exist_ok=True)
    loads = list(folders["bronze_lines"].iterdir())
    held = {name for load in loads for name in pq.read_table(load, columns=["_file"])["_file"].unique().to_pylist()}
    files = sorted(file for file in drop.glob("*.csv") if file.name not in held)
    if files:
        raw = pd.concat([pd.read_csv(file, dtype="str").assign(_file=file.name) for file in files], ignore_index=True)
        load = f"{len(loads):06}.parquet"
        raw.to_parquet(folders["bronze_lines"] / load)
        new = _typed(raw, _pounds_per_euro(rates))
        is_return = new["order_id"].str.startswith("C")
        new[~is_return].to_parquet(folders["fct_order_lines"] / load)
        orders = pd.read_parquet(folders["fct_order_lines"], columns=[*SAME, "ordered_at", "order_id", "quantity"])
        _linked(new[is_return], orders).to_parquet(folders["fct_return_lines"] / load)
    orders = pd.read_parquet(folders["fct_order_lines"])
    returns = pd.read_parquet(folders["fct_return_lines"])
    lines = pd.concat([orders.assign(is_return=False), returns.assign(is_return=True)], ignore_index=True)
    small = _small_tables(lines)
    for name, table in small.items():
        table.to_parquet(out / f"{name}.parquet")
    return Totals(
        order_lines=len(orders),
        return_lines=len(returns),
        linked_returns=int(returns["returned_order_id"].count()),
        products=len(small["dim_product"]),
        customers=len(small["dim_customer"]),
        countries=len(small["dim_country"]),
        days=int(lines["order_date"].nunique()),
        net=float(lines["net_amount"].sum()),
        euros=float(lines["net_amount_eur"].sum()),
        revenue_euros=float(small["mart_daily_sales"]["revenue_eur"].sum()),
    )


def _pounds_per_euro(rates: Path) -> pd.DataFrame:
    with ZipFile(rates) as archive, archive.open("eurofxref-hist.csv") as file:
        table = pd.read_csv(file, usecols=["Date", "GBP"], parse_dates=["Date"], na_values="N/A")
    quoted = table.dropna().sort_values("Date").rename(columns={"Date": "fx_rate_date", "GBP": "rate"})
    days = pd.DataFrame({"order_date": pd.date_range("2009-01-01", "2027-12-31", unit=quoted["fx_rate_date"].dt.unit)})
    return pd.merge_asof(
        days, quoted, left_on="order_date", right_on="fx_rate_date", tolerance=pd.Timedelta(days=CARRIED_DAYS)
    )


def _typed(raw: pd.DataFrame, rates: pd.DataFrame) -> pd.DataFrame:
    local_at = pd.to_datetime(raw["InvoiceDate"], format="%Y-%m-%d %H:%M:%S")
    lines = pd.DataFrame(
        {
            "order_id": raw["InvoiceNo"],
            "order_date": local_at.dt.normalize().astype(rates["order_date"].dtype),
            "ordered_at": local_at.dt.tz_localize("Europe/London", ambiguous=True).dt.tz_convert("UTC"),
            "sku": raw["StockCode"].str.strip().str.upper(),
            "description": raw["Description"],
            "customer_id": raw["CustomerID"].str.removesuffix(".0"),
            "country": raw["Country"],
            "quantity": raw["Quantity"].astype("int64"),
            "unit_price": raw["UnitPrice"].astype("float64"),
        }
    )
    is_return = lines["order_id"].str.startswith("C")
    seeded = lines["sku"].map(pd.read_csv(LINE_TYPES).set_index("stock_code")["line_type"])
    is_adjustment = lines["order_id"].str.startswith("A")
    lines["line_type"] = np.select(
        [(lines["quantity"] < 0) & ~is_return, seeded.notna(), is_adjustment],
        ["stock_adjustment", seeded, "adjustment"],
        "product",
    )
    lines["net_amount"] = (lines["quantity"] * lines["unit_price"]).round(4)
    lines = lines.merge(rates, on="order_date", how="left")
    lines["net_amount_eur"] = (lines["net_amount"] / lines["rate"]).round(4)
    return lines.drop(columns="rate")


def _linked(returns: pd.DataFrame, orders: pd.DataFrame) -> pd.DataFrame:
    """Each return with the latest earlier order of the same customer, product and price."""
    sales = orders[(orders["quantity"] > 0) & orders["customer_id"].notna()].drop(columns="quantity")
    sales = sales.rename(columns={"order_id": "returned_order_id"}).sort_values("ordered_at")
    known = returns[returns["customer_id"].notna()].sort_values("ordered_at")
    linked = pd.merge_asof(known, sales, on="ordered_at", by=SAME)
    return pd.concat([linked, returns[returns["customer_id"].isna()]], ignore_index=True)


def _small_tables(lines: pd.DataFrame) -> dict[str, pd.DataFrame]:
    seen = {"first_seen": ("order_date", "min"), "last_seen": ("order_date", "max")}
    by_time = lines.sort_values("ordered_at")
    told = by_time[(by_time["unit_price"] > 0) & (by_time["quantity"] > 0)]
    days = pd.date_range("2009-01-01", "2027-12-31")
    calendar = days.isocalendar().add_prefix("iso_").reset_index(names="day")
    revenue = lines[lines["line_type"].isin(REVENUE)]
    kept = revenue[~revenue["is_return"]].groupby("order_date")
    by_day = revenue.groupby("order_date")
    return {
        "dim_product": lines.groupby("sku").agg(**seen).join(told.groupby("sku")["description"].last()).reset_index(),
        "dim_customer": by_time.groupby("customer_id").agg(country=("country", "last"), **seen).reset_index(),
        "dim_country": lines[["country"]].drop_duplicates(),
        "dim_date": calendar,
        "mart_daily_sales": pd.DataFrame(
            {
                "orders": kept["order_id"].nunique(),
                "units": kept["quantity"].sum(),
                "revenue": by_day["net_amount"].sum().round(4),
                "revenue_eur": by_day["net_amount_eur"].sum().round(4),
                "returned": revenue[revenue["is_return"]].groupby("order_date")["net_amount"].sum().round(4),
            }
        ).reset_index(),
    }
