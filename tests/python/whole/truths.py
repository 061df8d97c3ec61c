"""Gold compared with the sandbox's truth, row by row and to the cent."""

from pathlib import Path

import duckdb

_SIDES = ("", "_base")
_LINE_AMOUNTS = [f"{name}_amount{side}" for name in ("gross", "discount", "net", "tax") for side in _SIDES]
_ORDER_AMOUNTS = _LINE_AMOUNTS + [
    f"{name}_amount{side}"
    for name in ("shipping", "shipping_discount", "shipping_tax", "total", "invoiced", "refunded", "canceled")
    for side in _SIDES
]
_MOMENTS = [
    *("paid_at", "fully_paid_at", "shipped_at", "fully_shipped_at"),
    *("delivered_at", "refunded_at", "fully_refunded_at", "canceled_at"),
]


def _money(names: list[str]) -> str:
    return ", ".join(f"cast({name} as decimal(18, 4)) as {name}" for name in names)


_COMMON = "source, order_id, order_date, ordered_at, currency, base_currency, ship_country"
_NOT_LOST = "(source, order_id) not in (select (source, order_id) from truth.orders where lost_by is not null)"
_GUEST = "case when customer_id not like 'guest-%' then customer_id end as customer_id"
PAIRS = {
    # An order that cannot be had any more may have been had before: what gold says of it is then old, not wrong.
    "orders": (
        f"""
        select {_COMMON}, order_number, store_id, customer_id, is_guest, state, status,
            line_count, quantity, {_money(_ORDER_AMOUNTS)}, {", ".join(_MOMENTS)}
        from gold.fct_orders
        inner join (select customer_key, {_GUEST} from gold.dim_customer) as customers using (customer_key)
        inner join (select store_key, store_id from gold.dim_store) as stores using (store_key)
        where system = 'magento' and {_NOT_LOST}
        """,
        f"""
        select {_COMMON}, increment_id, cast(store_id as varchar), customer_id, is_guest, state, status,
            lines + case when shipping_amount <> 0 then 1 else 0 end, units, {_money(_ORDER_AMOUNTS)}, {", ".join(_MOMENTS)}
        from truth.orders
        where lost_by is null
        """,
    ),
    "order_lines": (
        f"""
        select {_COMMON}, order_line_id, customer_id, sku, parent_sku, bundle_sku, quantity, quantity_canceled, unit_price, {_money(_LINE_AMOUNTS)}
        from gold.fct_order_lines
        inner join (select customer_key, {_GUEST} from gold.dim_customer) as customers using (customer_key)
        where system = 'magento' and line_type = 'product' and {_NOT_LOST}
        """,
        f"""
        select {_COMMON}, order_line_id, customer_id, sku, parent_sku, bundle_sku, quantity, quantity_canceled,
            cast(unit_price as decimal(18, 4)), {_money(_LINE_AMOUNTS)}
        from truth.order_lines
        where lost_by is null
        """,
    ),
    "canceled orders": (
        """
        select orders.source, orders.order_id, cast(sum(lines.canceled_net_amount) as decimal(18, 4)),
            cast(sum(lines.canceled_net_amount_base) as decimal(18, 4))
        from gold.fct_order_lines as lines
        inner join gold.fct_orders as orders using (order_key)
        where orders.system = 'magento' and orders.state = 'canceled' and (orders.source, orders.order_id) not in (
            select (source, order_id) from truth.orders where lost_by is not null
        )
        group by orders.source, orders.order_id
        """,
        """
        select source, order_id, cast(net_amount + shipping_amount - shipping_discount_amount as decimal(18, 4)),
            cast(net_amount_base + shipping_amount_base - shipping_discount_amount_base as decimal(18, 4))
        from truth.orders
        where lost_by is null and state = 'canceled'
        """,
    ),
    "refunds": (
        f"""
        select source, order_id, returned_order_id,
            case line_type
                when 'product' then 'line' when 'postage' then 'shipping'
                when 'goodwill' then 'adjustment_positive' else 'adjustment_negative'
            end as kind,
            case when line_type = 'product' then sku end as sku,
            order_date, ordered_at, case when line_type = 'product' then quantity else 0 end as quantity,
            currency, base_currency, {_money(_LINE_AMOUNTS)}
        from gold.fct_return_lines
        where system = 'magento'
        """,
        f"""
        select source, 'C' || credit_memo_id, order_id, kind, sku, refund_date, refunded_at, quantity,
            currency, base_currency, {_money(_LINE_AMOUNTS)}
        from truth.refunds
        """,
    ),
    "shipment_lines": (
        f"""
        select source, shipment_id, order_id, order_line_id, sku, ship_date, shipped_at, quantity
        from gold.fct_shipment_lines
        where {_NOT_LOST}
        """,
        """
        select source, shipment_id, order_id, order_line_id, sku, ship_date, shipped_at, quantity
        from truth.shipment_lines
        where lost_by is null
        """,
    ),
    "status_events": (
        f"""
        select source, order_id, event_id, entity_name, status, happened_at
        from gold.fct_order_status_events
        where {_NOT_LOST}
        """,
        """
        select source, order_id, event_id, entity_name, status, happened_at
        from truth.status_events
        where lost_by is null
        """,
    ),
}


def differences(work_file: Path, truth: Path) -> list[str]:
    """What gold says and the truth does not, or the other way round: one line a table that differs."""
    found = []
    with duckdb.connect() as database:
        database.execute(f"attach '{work_file}' as lake (read_only)")
        database.execute("create schema truth")
        for file in truth.glob("*.parquet"):
            database.execute(f"create view truth.{file.stem} as from '{file}'")
        for name, (gold, expected) in PAIRS.items():
            gold = gold.replace("gold.", "lake.gold.")
            database.execute(f"create or replace temp table got as {gold}")
            database.execute(f"create or replace temp table told as {expected}")
            too_many = database.execute("select * from got except all select * from told order by all").fetchall()
            missing = database.execute("select * from told except all select * from got order by all").fetchall()
            if too_many or missing or not database.execute("select count(*) from told").fetchone()[0]:
                found.append(
                    f"{name}: {len(too_many)} rows are not true, {len(missing)} true rows are missing\n"
                    f"  not true: {too_many[:2]}\n  missing:  {missing[:2]}"
                )
    return found
