"""What follows an order: invoices, credit memos, shipments."""

import orjson

from sandbox.catalog import CONFIGURABLE
from sandbox.documents.common import Json, currencies, levies, money
from sandbox.orders import ITEMS_PER_ORDER, Document, Order, Part
from sandbox.times import DAY, text


def _money_parts(order: Order, one: Document) -> list[Json]:
    """The items of an invoice or a credit memo. A row without money has its price, and no sums."""
    found = []
    for part in one.parts:
        item, amounts = part.item, part.amounts
        row: Json = {
            "base_price": money(item.price.base),
            "entity_id": one.document_id * ITEMS_PER_ORDER + (item.item_id - 1) % ITEMS_PER_ORDER,
            "name": item.name,
            "parent_id": one.document_id,
            "price": money(item.price.order),
            "product_id": item.product.product_id,
            "sku": item.sku,
            "order_item_id": item.item_id,
            "qty": part.quantity,
        }
        if item.is_sold:
            row |= {
                "base_discount_tax_compensation_amount": money(amounts.base_held),
                "base_row_total": money(amounts.base_row),
                "base_row_total_incl_tax": money(amounts.base_row + amounts.base_tax),
                "base_tax_amount": money(amounts.base_tax),
                "discount_tax_compensation_amount": money(amounts.held),
                "row_total": money(amounts.row),
                "row_total_incl_tax": money(amounts.row + amounts.tax),
                "tax_amount": money(amounts.tax),
            }
            if amounts.off or amounts.base_off:
                row["discount_amount"] = money(amounts.off)
                row["base_discount_amount"] = money(amounts.base_off)
        found.append(row)
    return found


def _money_document(order: Order, one: Document, changed: int) -> Json:
    lines, total = one.lines(), one.total()
    return {
        "base_discount_amount": money(-lines.base_off - one.shipping_off.base),
        # Of items and shipping together, where an order tells them apart.
        "base_discount_tax_compensation_amount": money(lines.base_held + one.shipping_held.base),
        "base_grand_total": money(total.base),
        "base_shipping_amount": money(one.shipping.base),
        "base_shipping_discount_tax_compensation_amnt": money(one.shipping_held.base),
        "base_shipping_incl_tax": money(one.shipping.base + one.shipping_tax.base),
        "base_shipping_tax_amount": money(one.shipping_tax.base),
        "base_subtotal": money(lines.base_row),
        "base_subtotal_incl_tax": money(lines.base_row + lines.base_tax),
        "base_tax_amount": money(lines.base_tax + one.shipping_tax.base),
        "billing_address_id": order.order_id * 2,
        "created_at": text(one.moment),
        "discount_amount": money(-lines.off - one.shipping_off.order),
        "discount_tax_compensation_amount": money(lines.held + one.shipping_held.order),
        "email_sent": 1,
        "entity_id": one.document_id,
        "grand_total": money(total.order),
        "increment_id": f"{0 if order.store_id == 1 else order.store_id}{one.document_id:08d}",
        "order_id": order.order_id,
        "shipping_address_id": order.order_id * 2 - 1,
        "shipping_amount": money(one.shipping.order),
        "shipping_discount_tax_compensation_amount": money(one.shipping_held.order),
        "shipping_incl_tax": money(one.shipping.order + one.shipping_tax.order),
        "shipping_tax_amount": money(one.shipping_tax.order),
        "state": 2,
        "store_id": order.store_id,
        "subtotal": money(lines.row),
        "subtotal_incl_tax": money(lines.row + lines.tax),
        "tax_amount": money(lines.tax + one.shipping_tax.order),
        "updated_at": text(changed),
        **currencies(order),
    }


def invoice_document(order: Order, invoice: Document, memos: list[Document]) -> bytes:
    """An invoice after those credit memos."""
    document = _money_document(order, invoice, memos[-1].moment if memos else invoice.moment)
    document["total_qty"] = sum(part.quantity for part in invoice.parts if not part.item.parent)
    document["can_void_flag"] = 0
    document["is_used_for_refund"] = int(bool(memos))
    if memos:
        document["base_total_refunded"] = money(sum(memo.total().base for memo in memos))
    document["items"] = _money_parts(order, invoice)
    document["comments"] = []
    return orjson.dumps(document)


def memo_document(order: Order, memo: Document) -> bytes:
    """A credit memo."""
    document = _money_document(order, memo, memo.moment)
    document |= {
        "adjustment": money(memo.more.order - memo.less.order),
        "adjustment_negative": money(memo.less.order),
        "adjustment_positive": money(memo.more.order),
        "base_adjustment": money(memo.more.base - memo.less.base),
        "base_adjustment_negative": money(memo.less.base),
        "base_adjustment_positive": money(memo.more.base),
        "items": [
            {"base_cost": None, **row, **(levies(part.amounts) if part.item.is_sold else {})}
            for row, part in zip(_money_parts(order, memo), memo.parts, strict=True)
        ],
        "comments": [],
    }
    return orjson.dumps(document)


def shipment_document(order: Order, shipment: Document, is_tracked: bool) -> bytes:
    """A shipment; its tracking number is entered a day later. A configurable product's child is always one unit."""

    def units(part: Part) -> int:
        return 1 if part.item.parent and part.item.parent.kind == CONFIGURABLE else part.quantity

    changed = text(shipment.moment + DAY * is_tracked)
    document: Json = {
        "billing_address_id": order.order_id * 2,
        "created_at": text(shipment.moment),
        "email_sent": 1,
        "entity_id": shipment.document_id,
        "increment_id": f"{0 if order.store_id == 1 else order.store_id}{shipment.document_id:08d}",
        "order_id": order.order_id,
        "packages": [],
        "shipping_address_id": order.order_id * 2 - 1,
        "store_id": order.store_id,
        "total_qty": sum(part.quantity for part in shipment.parts if not part.item.parent),
        "updated_at": changed,
        "items": [
            {
                "entity_id": shipment.document_id * ITEMS_PER_ORDER + (part.item.item_id - 1) % ITEMS_PER_ORDER,
                "name": part.item.name,
                "parent_id": shipment.document_id,
                "price": money(part.item.price.order),
                "product_id": part.item.product.product_id,
                "sku": part.item.sku,
                "weight": part.item.product.weight / 1000,
                "order_item_id": part.item.item_id,
                "qty": units(part),
            }
            for part in shipment.parts
        ],
        "tracks": [],
        "comments": [],
    }
    if order.customer_id:
        document["customer_id"] = order.customer_id
    if is_tracked:
        document["tracks"] = [
            {
                "order_id": order.order_id,
                "created_at": changed,
                "entity_id": shipment.document_id,
                "parent_id": shipment.document_id,
                "updated_at": changed,
                "weight": None,
                "qty": None,
                "description": None,
                "track_number": f"TRACK{shipment.document_id:010d}",
                "title": "Carrier",
                "carrier_code": "custom",
            }
        ]
    return orjson.dumps(document)
