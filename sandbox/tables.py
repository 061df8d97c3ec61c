"""What an installation holds at a moment: every record's versions, and the document of each.

Only numbers are kept: when a version came and which record it is of. Documents are rendered when they are asked for
first, and from then on read from a file, so that a large world needs little memory and a second reading little time.
"""

import os
import tempfile
from array import array
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Protocol

import numpy as np
import numpy.typing as npt
import orjson

from sandbox import documents
from sandbox.orders import DOCUMENTS_PER_ORDER, INVOICED, REFUNDED, SHIPPED, Order
from sandbox.times import DAY, END
from sandbox.world import Installation, World

Numbers = npt.NDArray[np.int64]
KEPT_ORDERS = 1_000
SPOOL_LIMIT = 8_000_000_000
"""Bytes of documents that are kept on disk; beyond, they are rendered each time."""


class Collection(Protocol):
    """Records of one kind that can be searched."""

    key: str
    columns: dict[str, Numbers]
    """Numbers that can be searched without opening documents, by field; times are in seconds."""

    def current(self, moment: int) -> Numbers:
        """The rows that hold at a moment: one for each record that there is."""
        ...

    def documents(self, rows: Sequence[int]) -> list[bytes]:
        """Their documents."""
        ...


class Spool:
    """Rendered documents, one behind the other, in a file without a name."""

    def __init__(self) -> None:
        """An empty one."""
        self._file = tempfile.TemporaryFile(prefix="sandbox-")  # noqa: SIM115
        self._end = 0

    def add(self, document: bytes) -> int:
        """Where it begins, or -1 where there is no more room."""
        if self._end + len(document) > SPOOL_LIMIT:
            return -1
        self._file.write(document)
        start, self._end = self._end, self._end + len(document)
        return start

    def flush(self) -> None:
        """Make what was added readable."""
        self._file.flush()

    def read(self, start: int, length: int) -> bytes:
        """A document."""
        return os.pread(self._file.fileno(), length, start)


class Versions:
    """Versions of records, ordered by record and then by time."""

    def __init__(self, key: str, spool: Spool, render: Callable[[int, int], bytes]) -> None:
        """`render` makes the document of a record's version out of the two numbers that `add` was given for it."""
        self.key = key
        self.columns: dict[str, Numbers] = {}
        self._spool, self._render = spool, render
        self._numbers = array("q")

    def add(
        self,
        record: int,
        version: int,
        since: int,
        *,
        key: int,
        created: int,
        updated: int,
        store: int,
        order: int = 0,
    ) -> None:
        """Add a version that holds from `since`; those of a record come one after the other."""
        self._numbers.extend((record, version, since, key, created, updated, store, order))

    def close(self) -> None:
        """No more versions come."""
        table = np.array(self._numbers, np.int64).reshape(-1, 8).T.copy()
        self._numbers = array("q")
        self._record, self._version, self._since, keys, created, updated, stores, orders = table
        self.columns = {self.key: keys, "created_at": created, "updated_at": updated}
        if stores.any():
            self.columns["store_id"] = stores
        if orders.any():
            self.columns["order_id"] = orders
        self._starts = np.flatnonzero(np.diff(self.columns[self.key], prepend=-1))
        self._place = np.full(len(self._since), -1, np.int64)
        self._length = np.zeros(len(self._since), np.int32)

    def current(self, moment: int) -> Numbers:
        """The rows that hold at a moment."""
        if not len(self._starts):
            return self._starts
        counts = np.add.reduceat((self._since <= moment).astype(np.int64), self._starts)
        there = counts > 0
        return self._starts[there] + counts[there] - 1

    def documents(self, rows: Sequence[int]) -> list[bytes]:
        """The documents of rows."""
        found, is_new = [], False
        for row in rows:
            if self._place[row] >= 0:
                if is_new:
                    self._spool.flush()
                    is_new = False
                found.append(self._spool.read(int(self._place[row]), int(self._length[row])))
                continue
            document = self._render(int(self._record[row]), int(self._version[row]))
            self._place[row], self._length[row] = self._spool.add(document), len(document)
            is_new = True
            found.append(document)
        self._spool.flush()
        return found


class Listing:
    """Records without versions, worked out for the moment that is asked for."""

    columns: dict[str, Numbers]

    def __init__(self, key: str, records: Callable[[int], list[documents.Json]]) -> None:
        """`records` gives what there is at a moment."""
        self.key, self._records = key, records
        self.columns = {}
        self._held: list[bytes] = []

    def current(self, moment: int) -> Numbers:
        """All of it."""
        self._held = [orjson.dumps(record) for record in self._records(moment)]
        return np.arange(len(self._held))

    def documents(self, rows: Sequence[int]) -> list[bytes]:
        """The documents of rows."""
        return [self._held[row] for row in rows]


def collections(world: World, installation: Installation, spool: Spool, is_lean: bool) -> dict[str, Collection]:
    """Everything of an installation that can be searched, by its path below /V1/."""
    shop = installation.shop
    found = _sales(installation, spool, is_lean)
    products = installation.catalog.products
    persons = installation.people.customers
    goods = Versions("id", spool, lambda row, version: documents.product_document(shop, products[row], version))
    for place, product in enumerate(products):
        for version, since in enumerate(product.times):
            goods.add(
                place,
                version,
                since,
                key=product.product_id,
                created=product.created_at,
                updated=product.updated_at(version),
                store=0,
            )
    goods.close()
    customers = Versions("id", spool, lambda row, version: documents.customer_document(shop, persons[row], version))
    for place, customer in enumerate(persons):
        for version, since in enumerate(customer.times):
            customers.add(
                place,
                version,
                since,
                key=customer.customer_id,
                created=customer.times[0],
                updated=since,
                store=customer.store_id,
            )
    customers.close()

    def source_items(moment: int) -> list[documents.Json]:
        return [
            documents.source_item_document(place.code, sku, quantity)
            for place in shop.locations
            for sku, quantity in world.stock.of(place.code, moment)
        ]

    return {
        **found,
        "products": goods,
        "customers/search": customers,
        "inventory/source-items": Listing("sku", source_items),
        "inventory/sources": Listing(
            "source_code", lambda _: [documents.source_document(shop, place) for place in shop.locations]
        ),
        "inventory/stocks": Listing("stock_id", lambda _: [documents.stock_document(shop)]),
    }


def _sales(installation: Installation, spool: Spool, is_lean: bool) -> dict[str, Collection]:
    # An order is asked for by its own document and by those that belong to it, often soon after one another.
    draw = lru_cache(KEPT_ORDERS)(installation.writer.order)

    def found(number: int, kind: str) -> tuple[Order, int]:
        """The order, and the place of the event that wrote the document of that number."""
        order = draw(number // DOCUMENTS_PER_ORDER)
        return order, next(
            place
            for place, event in enumerate(order.events)
            if event.kind == kind and event.document and event.document.document_id == number + 1
        )

    def invoice(number: int, version: int) -> bytes:
        order, place = found(number, INVOICED)
        memos = [event.document for event in order.events if event.kind == REFUNDED and event.document]
        one = order.events[place].document
        assert one
        return documents.invoice_document(order, one, memos[:version])

    def shipment(number: int, version: int) -> bytes:
        order, place = found(number, SHIPPED)
        one = order.events[place].document
        assert one
        return documents.shipment_document(order, one, bool(version))

    def memo(number: int, version: int) -> bytes:
        order, place = found(number, REFUNDED)
        one = order.events[place].document
        assert one
        return documents.memo_document(order, one)

    orders = Versions("entity_id", spool, lambda number, event: documents.order_document(draw(number), event, is_lean))
    invoices = Versions("entity_id", spool, invoice)
    shipments = Versions("entity_id", spool, shipment)
    memos = Versions("entity_id", spool, memo)
    for number in range(installation.orders):
        order = installation.writer.order(number)
        refunds = [event.moment for event in order.events if event.kind == REFUNDED]
        for place, event in enumerate(order.events):
            moment, one = event.moment, event.document
            orders.add(
                number,
                place,
                moment,
                key=order.order_id,
                created=order.moment,
                updated=moment,
                store=order.store_id,
            )
            if one is None:
                continue
            if event.kind == INVOICED:
                kind, changes = invoices, refunds if one.number == 0 else []
            elif event.kind == SHIPPED:
                kind, changes = shipments, [moment + DAY]
            else:
                kind, changes = memos, []
            for version, since in enumerate([moment, *changes]):
                if since <= END:
                    kind.add(
                        one.document_id - 1,
                        version,
                        since,
                        key=one.document_id,
                        created=moment,
                        updated=since,
                        store=order.store_id,
                        order=order.order_id,
                    )
    found_all: dict[str, Collection] = {}
    for name, kind in (("orders", orders), ("invoices", invoices), ("creditmemos", memos), ("shipments", shipments)):
        kind.close()
        found_all[name] = kind
    return found_all
