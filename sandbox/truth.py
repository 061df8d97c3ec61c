"""The truth: what a perfect pipeline knows of the world at a moment, in the words of the gold tables.

It is told from what happened, never from the documents that the server answers. Amounts are in the order's currency
and, with `_base`, in the base currency; what is given back is negative, on the day of the refund. A line is what was
sold: a configurable product's line has the money of the parent and the SKU of the child, a bundle of fixed price is one
line, one of dynamic price is a line for each of its children.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from sandbox.catalog import Product
from sandbox.orders import (
    CANCELED,
    DELIVERED,
    EVENTS_PER_ORDER,
    INVOICED,
    REFUNDED,
    REST_CANCELED,
    SHIPPED,
    Document,
    Order,
    Pair,
)
from sandbox.stock import GONE
from sandbox.times import DAY, END, SETUP
from sandbox.world import World

SYSTEM = "magento"
_BATCH = 20_000
_TEXT, _NUMBER, _FLAG, _DATE = pa.string(), pa.int64(), pa.bool_(), pa.date32()
_INSTANT, _MONEY = pa.timestamp("ms"), pa.decimal128(18, 2)


def _amounts(*names: str) -> dict[str, pa.DataType]:
    return {f"{name}{side}": _MONEY for name in names for side in ("", "_base")}


_OF = {"system": _TEXT, "source": _TEXT}
_LINE = _amounts("gross_amount", "discount_amount", "net_amount", "tax_amount")
SCHEMAS: dict[str, dict[str, pa.DataType]] = {
    "orders": {
        **_OF,
        "order_id": _TEXT,
        "increment_id": _TEXT,
        "store_id": _NUMBER,
        "customer_id": _TEXT,
        "is_guest": _FLAG,
        "order_date": _DATE,
        "ordered_at": _INSTANT,
        "updated_at": _INSTANT,
        "state": _TEXT,
        "status": _TEXT,
        "ship_country": _TEXT,
        "currency": _TEXT,
        "base_currency": _TEXT,
        "lines": _NUMBER,
        "units": _NUMBER,
        **_LINE,
        **_amounts(
            "shipping_amount",
            "shipping_discount_amount",
            "shipping_tax_amount",
            "total_amount",
            "invoiced_amount",
            "refunded_amount",
            "canceled_amount",
        ),
        "paid_at": _INSTANT,
        "fully_paid_at": _INSTANT,
        "shipped_at": _INSTANT,
        "fully_shipped_at": _INSTANT,
        "delivered_at": _INSTANT,
        "refunded_at": _INSTANT,
        "fully_refunded_at": _INSTANT,
        "canceled_at": _INSTANT,
        "lost_by": _TEXT,
    },
    "order_lines": {
        **_OF,
        "order_id": _TEXT,
        "order_line_id": _TEXT,
        "order_date": _DATE,
        "ordered_at": _INSTANT,
        "customer_id": _TEXT,
        "sku": _TEXT,
        "product_id": _TEXT,
        "parent_sku": _TEXT,
        "bundle_sku": _TEXT,
        "line_kind": _TEXT,
        "quantity": _NUMBER,
        "quantity_canceled": _NUMBER,
        "currency": _TEXT,
        "base_currency": _TEXT,
        **_amounts("unit_price"),
        **_LINE,
        "ship_country": _TEXT,
        "lost_by": _TEXT,
    },
    "refunds": {
        **_OF,
        "credit_memo_id": _TEXT,
        "order_id": _TEXT,
        "kind": _TEXT,
        "order_line_id": _TEXT,
        "sku": _TEXT,
        "refund_date": _DATE,
        "refunded_at": _INSTANT,
        "quantity": _NUMBER,
        "currency": _TEXT,
        "base_currency": _TEXT,
        **_LINE,
        "lost_by": _TEXT,
    },
    "shipment_lines": {
        **_OF,
        "shipment_id": _TEXT,
        "order_id": _TEXT,
        "order_line_id": _TEXT,
        "sku": _TEXT,
        "ship_date": _DATE,
        "shipped_at": _INSTANT,
        "quantity": _NUMBER,
        "lost_by": _TEXT,
    },
    "status_events": {
        **_OF,
        "order_id": _TEXT,
        "event_id": _TEXT,
        "entity_name": _TEXT,
        "status": _TEXT,
        "happened_at": _INSTANT,
        "lost_by": _TEXT,
    },
}


@cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


@cache
def _offset(zone: str, quarter: int) -> int:
    found = datetime.fromtimestamp(quarter * 900, UTC).astimezone(_zone(zone)).utcoffset()
    assert found is not None
    return int(found.total_seconds())


def local_day(moment: int, zone: str) -> int:
    """The day of a moment where the shop is, counted from 1970."""
    return (moment + _offset(zone, moment // 900)) // DAY


@dataclass
class _Table:
    """A parquet file that grows by batches."""

    name: str
    folder: Path
    _columns: dict[str, list[Any]] = field(default_factory=dict)
    _writer: Any = None

    def __post_init__(self) -> None:
        self._schema = pa.schema(SCHEMAS[self.name])
        self._columns = {name: [] for name in SCHEMAS[self.name]}
        self._writer = pq.ParquetWriter(self.folder / f"{self.name}.parquet", self._schema)

    def add(self, row: dict[str, Any]) -> None:
        for name, values in self._columns.items():
            values.append(row.get(name))
        if len(self._columns["source"]) >= _BATCH:
            self._write()

    def _write(self) -> None:
        arrays = [_array(values, self._schema.field(name).type) for name, values in self._columns.items()]
        self._writer.write_table(pa.Table.from_arrays(arrays, schema=self._schema))
        for values in self._columns.values():
            values.clear()

    def close(self) -> None:
        self._write()
        self._writer.close()


def _array(values: Sequence[Any], kind: pa.DataType) -> pa.Array:
    if pa.types.is_timestamp(kind):
        return pa.array([None if value is None else value * 1000 for value in values], kind)
    if pa.types.is_decimal(kind):
        # Cents become decimals by their bits: the low half, and the sign again.
        low = np.array([value or 0 for value in values], np.int64)
        bits = np.stack([low, low >> 63], axis=1)
        return pa.Array.from_buffers(kind, len(low), [None, pa.py_buffer(bits.tobytes())])
    return pa.array(values, kind)


def write(
    world: World,
    folder: Path,
    now: int = END,
    snapshots: Iterable[int] | None = None,
    lost: dict[str, dict[int, str]] | None = None,
) -> None:
    """Write what is true at `now` into parquet files.

    `snapshots` are the moments at which stock and products are looked at, by default the end of each day: what changed
    and changed back between two of them, nobody can know. `lost` are the orders that no pull can get, and why.
    """
    folder.mkdir(parents=True, exist_ok=True)
    tables = {name: _Table(name, folder) for name in SCHEMAS}
    for installation in world.installations:
        reasons = (lost or {}).get(installation.shop.source, {})
        for number in range(installation.orders):
            if installation.writer.times[number] > now:
                break
            order = installation.writer.order(number)
            for name, row in _rows(order, now):
                tables[name].add({**row, "lost_by": reasons.get(order.order_id)})
    for table in tables.values():
        table.close()
    moments = sorted(
        moment
        for moment in (snapshots if snapshots is not None else (*range(SETUP // DAY * DAY + DAY - 1, now, DAY), now))
        if moment <= now
    )
    pq.write_table(stock_daily(world, moments, now), folder / "stock_daily.parquet")
    pq.write_table(price_intervals(world, moments, now), folder / "price_intervals.parquet")


def _sides(name: str, pair: Pair | tuple[int, int]) -> dict[str, int]:
    return {name: pair[0], f"{name}_base": pair[1]}


def _line_sides(row: Pair, discount: Pair, tax: Pair, sign: int = 1) -> dict[str, int]:
    return {
        **_sides("gross_amount", (sign * row.order, sign * row.base)),
        **_sides("discount_amount", (sign * discount.order, sign * discount.base)),
        **_sides("net_amount", (sign * (row.order - discount.order), sign * (row.base - discount.base))),
        **_sides("tax_amount", (sign * tax.order, sign * tax.base)),
    }


def _rows(order: Order, now: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """(table, row) of everything that is known of an order at `now`."""
    shop = order.shop
    events = [event for event in order.events if event.moment <= now]
    common: dict[str, Any] = {
        "system": SYSTEM,
        "source": shop.source,
        "order_id": str(order.order_id),
        "currency": shop.order_currency,
        "base_currency": shop.base_currency,
        "customer_id": str(order.customer_id) if order.customer_id else None,
        "order_date": local_day(order.moment, shop.timezone),
        "ordered_at": order.moment,
        "ship_country": order.country,
    }
    sold = list(order.sold)
    first: dict[str, int] = {}
    latest: dict[str, int] = {}
    invoiced = dict.fromkeys((item.item_id for item in sold), 0)
    shipped, canceled = dict(invoiced), dict(invoiced)
    paid, back = [0, 0], [0, 0]
    fully_refunded = None
    for place, event in enumerate(events):
        first.setdefault(event.kind, event.moment)
        latest[event.kind] = event.moment
        if event.is_recorded:
            entity = {INVOICED: "invoice", SHIPPED: "shipment", REFUNDED: "creditmemo"}.get(event.kind, "order")
            yield (
                "status_events",
                {
                    **common,
                    "event_id": str(order.number * EVENTS_PER_ORDER + place + 1),
                    "entity_name": entity,
                    "status": event.status,
                    "happened_at": event.moment,
                },
            )
        if event.kind in (CANCELED, REST_CANCELED):
            canceled = {item.item_id: item.quantity - invoiced[item.item_id] for item in sold}
        document = event.document
        if document is None:
            continue
        total = document.total()
        counted = [part for part in document.parts if part.item.is_sold]
        if event.kind == INVOICED:
            paid = [paid[0] + total.order, paid[1] + total.base]
            for part in counted:
                invoiced[part.item.item_id] += part.quantity
        elif event.kind == SHIPPED:
            for part in counted:
                shipped[part.item.item_id] += part.quantity
                yield (
                    "shipment_lines",
                    {
                        **common,
                        "shipment_id": str(document.document_id),
                        "order_line_id": str(part.item.item_id),
                        "sku": part.item.sku,
                        "ship_date": local_day(event.moment, shop.timezone),
                        "shipped_at": event.moment,
                        "quantity": part.quantity,
                    },
                )
        else:
            back = [back[0] + total.order, back[1] + total.base]
            if back[0] >= paid[0]:
                fully_refunded = event.moment
            for row in _refund(order, document):
                yield "refunds", {**common, **row}
    left = {item.item_id: item.quantity - canceled[item.item_id] for item in sold}
    lines, total = order.lines(), order.total()
    yield (
        "orders",
        {
            **common,
            "increment_id": order.increment_id,
            "store_id": order.store_id,
            "is_guest": order.customer_id is None,
            "updated_at": events[-1].moment,
            "state": events[-1].state,
            "status": events[-1].status,
            "lines": len(sold),
            "units": sum(item.quantity for item in sold),
            **_line_sides(
                Pair(lines.row, lines.base_row),
                Pair(lines.discount, lines.base_discount),
                Pair(lines.taxes, lines.base_taxes),
            ),
            **_sides("shipping_amount", order.shipping),
            **_sides("shipping_discount_amount", order.shipping_discount),
            **_sides("shipping_tax_amount", order.shipping_tax),
            **_sides("total_amount", total),
            **_sides("invoiced_amount", (paid[0], paid[1])),
            **_sides("refunded_amount", (back[0], back[1])),
            **_sides(
                "canceled_amount", (total.order - paid[0], total.base - paid[1]) if any(canceled.values()) else (0, 0)
            ),
            "paid_at": first.get(INVOICED),
            "fully_paid_at": latest.get(INVOICED) if any(left.values()) and invoiced == left else None,
            "shipped_at": first.get(SHIPPED),
            "fully_shipped_at": latest.get(SHIPPED) if any(left.values()) and shipped == left else None,
            "delivered_at": first.get(DELIVERED),
            "refunded_at": first.get(REFUNDED),
            "fully_refunded_at": fully_refunded,
            "canceled_at": first.get(CANCELED),
        },
    )
    for item in sold:
        amounts = item.amounts
        child = item.options[0] if item.kind == "configurable" else None
        yield (
            "order_lines",
            {
                **common,
                "order_line_id": str(item.item_id),
                "sku": child.product.sku if child else item.product.sku,
                "product_id": str((child or item).product.product_id),
                "parent_sku": item.product.sku if child else None,
                "bundle_sku": item.parent.product.sku if item.parent else None,
                "line_kind": "bundle_part" if item.parent else item.kind,
                "quantity": item.quantity,
                "quantity_canceled": canceled[item.item_id],
                **_sides("unit_price", item.price),
                **_line_sides(
                    Pair(amounts.row, amounts.base_row),
                    Pair(amounts.discount, amounts.base_discount),
                    Pair(amounts.taxes, amounts.base_taxes),
                ),
            },
        )


def _refund(order: Order, memo: Document) -> Iterator[dict[str, Any]]:
    """A credit memo's rows: its lines, the shipping, and each adjustment. Together they are its total."""
    common = {
        "credit_memo_id": str(memo.document_id),
        "refund_date": local_day(memo.moment, order.shop.timezone),
        "refunded_at": memo.moment,
    }
    none = Pair(0, 0)
    for part in memo.parts:
        if part.item.is_sold:
            amounts = part.amounts
            yield {
                **common,
                "kind": "line",
                "order_line_id": str(part.item.item_id),
                "sku": part.item.sku,
                "quantity": -part.quantity,
                **_line_sides(
                    Pair(amounts.row, amounts.base_row),
                    Pair(amounts.discount, amounts.base_discount),
                    Pair(amounts.taxes, amounts.base_taxes),
                    -1,
                ),
            }
    for kind, amount, discount, tax, sign in (
        ("shipping", memo.shipping, memo.shipping_discount, memo.shipping_tax, -1),
        ("adjustment_positive", memo.more, none, none, -1),
        ("adjustment_negative", memo.less, none, none, 1),
    ):
        if amount != none:
            yield {**common, "kind": kind, "quantity": 0, **_line_sides(amount, discount, tax, sign)}


def stock_daily(world: World, snapshots: Sequence[int], now: int) -> pa.Table:
    """Date × location × SKU as the snapshots saw it, a day without one as the last before it, and marked so.

    What has left the feed keeps its rows, without a quantity; what was never in it has none.
    """
    stock = world.stock
    locations = np.repeat(np.array(stock.locations), len(stock.skus))
    skus = np.tile(np.array(stock.skus), len(stock.locations))
    seen = np.zeros(len(skus), bool)
    pieces = []
    by_day = {moment // DAY: moment for moment in snapshots}
    held: Any = None
    for day in range(snapshots[0] // DAY, now // DAY + 1) if snapshots else ():
        if day in by_day:
            held = stock.at(by_day[day])
            seen |= held != GONE
        quantity = held[seen]
        pieces.append(
            pa.table(
                {
                    "date_day": pa.array(np.full(len(quantity), day, np.int32)).cast(_DATE),
                    "location": pa.array(locations[seen]).dictionary_encode(),
                    "sku": pa.array(skus[seen]).dictionary_encode(),
                    "quantity": pa.array(quantity, mask=quantity == GONE),
                    "is_listed": pa.array(quantity != GONE),
                    "is_carried": pa.array(np.full(len(quantity), day not in by_day)),
                }
            )
        )
    schema = pa.schema(
        {
            "date_day": _DATE,
            "location": pa.dictionary(pa.int32(), _TEXT),
            "sku": pa.dictionary(pa.int32(), _TEXT),
            "quantity": _NUMBER,
            "is_listed": _FLAG,
            "is_carried": _FLAG,
        }
    )
    return pa.concat_tables([piece.cast(schema) for piece in pieces]) if pieces else schema.empty_table()


def price_intervals(world: World, snapshots: Sequence[int], now: int) -> pa.Table:
    """Prices in the base currency, from the change until the next one that a snapshot could see."""
    rows: dict[str, list[Any]] = {name: [] for name in ("source", "sku", "valid_from", "valid_to", "price")}
    for installation in world.installations:
        for product in installation.catalog.products:
            if not product.prices[0]:
                continue
            found = [(since, price) for since, price in _seen_prices(product, snapshots) if since <= now]
            for place, (since, price) in enumerate(found):
                for name, value in zip(
                    rows,
                    (
                        installation.shop.source,
                        product.sku,
                        since,
                        found[place + 1][0] if place + 1 < len(found) else None,
                        price,
                    ),
                    strict=True,
                ):
                    rows[name].append(value)
    kinds = {"source": _TEXT, "sku": _TEXT, "valid_from": _INSTANT, "valid_to": _INSTANT, "price": _MONEY}
    return pa.table({name: _array(rows[name], kind) for name, kind in kinds.items()})


def _seen_prices(product: Product, snapshots: Sequence[int]) -> Iterator[tuple[int, int]]:
    """(since, price) of the versions that a snapshot saw; a version that only has a new name goes on."""
    seen = sorted({version for moment in snapshots if (version := product.version_at(moment)) >= 0})
    last = None
    for version in seen:
        if product.prices[version] != last:
            last = product.prices[version]
            yield product.updated_at(version), last
