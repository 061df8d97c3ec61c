"""How Magento writes things down: the answers' documents, as JSON.

What is null is left out. Amounts come twice, in the order's and in the base currency; all are numbers.
"""

from typing import Any

import orjson

from sandbox.catalog import CONFIGURABLE, DYNAMIC, FIXED, Product
from sandbox.fields import parse_fields, trim
from sandbox.orders import (
    CANCELED,
    COMMENTED,
    EVENTS_PER_ORDER,
    INVOICED,
    ITEMS_PER_ORDER,
    NOTHING,
    PLACED,
    REFUNDED,
    REST_CANCELED,
    SHIPPED,
    Amounts,
    Document,
    Item,
    Order,
    Pair,
    Part,
)
from sandbox.people import CITIES, Customer
from sandbox.rates import SCALE
from sandbox.shops import GLOBAL_CURRENCY, Location, Shop
from sandbox.times import DAY, text

Json = dict[str, Any]
_ENTITY = {INVOICED: "invoice", SHIPPED: "shipment", REFUNDED: "creditmemo"}
_PRICE_TYPE = {DYNAMIC: "0", FIXED: "1"}

_LEAN_ITEM = parse_fields(
    "item_id,parent_item_id,order_id,product_id,product_type,sku,name,price,base_price,original_price,discount_percent,"
    "qty_ordered,qty_invoiced,qty_shipped,qty_refunded,qty_canceled,row_total,base_row_total,discount_amount,"
    "base_discount_amount,tax_amount,base_tax_amount,tax_percent"
)
_LEAN_ADDRESS = "firstname,lastname,city,postcode,country_id,street,email,telephone,address_type"
_LEAN = parse_fields(
    "entity_id,increment_id,store_id,created_at,updated_at,state,status,customer_id,customer_is_guest,customer_email,"
    "customer_firstname,customer_lastname,coupon_code,base_currency_code,order_currency_code,global_currency_code,"
    "base_to_order_rate,base_to_global_rate,subtotal,base_subtotal,discount_amount,base_discount_amount,tax_amount,"
    "base_tax_amount,shipping_amount,base_shipping_amount,shipping_discount_amount,base_shipping_discount_amount,"
    "shipping_tax_amount,base_shipping_tax_amount,grand_total,base_grand_total,total_paid,base_total_paid,"
    "total_refunded,base_total_refunded,total_canceled,base_total_canceled,items,"
    f"billing_address[{_LEAN_ADDRESS}],payment[method,additional_information],"
    "status_histories[entity_id,parent_id,created_at,status,entity_name,comment],"
    f"extension_attributes[shipping_assignments[shipping[address[{_LEAN_ADDRESS}],method]]]"
)
"""What a connector would ask for with `fields`, so that a benchmark can read orders of the usual size."""


def money(cents: int) -> int | float:
    """Cents as PHP writes a number: `12`, `12.5`, `12.34`."""
    return cents / 100 if cents % 100 else cents // 100


def _percent(thousandths: int) -> int | float:
    return thousandths / 1000 if thousandths % 1000 else thousandths // 1000


def _rate(parts: int) -> int | float:
    return parts / SCALE if parts % SCALE else parts // SCALE


class _Sums:
    """What had become of an order's items by an event."""

    __slots__ = ("canceled", "invoiced", "invoices", "memos", "refunded", "shipped")

    def __init__(self, order: Order, until: int) -> None:
        self.invoiced: dict[int, tuple[int, Amounts]] = {}
        self.refunded: dict[int, tuple[int, Amounts]] = {}
        self.shipped: dict[int, int] = {}
        self.canceled: dict[int, int] = {}
        self.invoices: list[Document] = []
        self.memos: list[Document] = []
        for event in order.events[: until + 1]:
            document = event.document
            if event.kind in (CANCELED, REST_CANCELED):
                self.canceled = {
                    item.item_id: item.quantity - self.invoiced.get(item.item_id, (0, NOTHING))[0]
                    for item in order.items
                }
            elif document is None:
                continue
            elif event.kind == SHIPPED:
                for part in document.parts:
                    key = part.item.item_id
                    self.shipped[key] = self.shipped.get(key, 0) + part.quantity
            else:
                sums = self.invoiced if event.kind == INVOICED else self.refunded
                (self.invoices if event.kind == INVOICED else self.memos).append(document)
                for part in document.parts:
                    quantity, amounts = sums.get(part.item.item_id, (0, NOTHING))
                    sums[part.item.item_id] = (quantity + part.quantity, amounts.plus(part.amounts))


def _item(order: Order, item: Item, sums: _Sums, changed: str, parent: orjson.Fragment | None, is_lean: bool) -> bytes:
    amounts = item.amounts
    invoiced, refunded = sums.invoiced.get(item.item_id), sums.refunded.get(item.item_id)
    weight = item.product.weight / 1000
    document: Json = {
        "amount_refunded": money(refunded[1].row) if refunded else 0,
        "applied_rule_ids": "1" if item.percent else "",
        "base_amount_refunded": money(refunded[1].base_row) if refunded else 0,
        "base_discount_amount": money(amounts.base_discount),
        "base_discount_invoiced": money(invoiced[1].base_discount) if invoiced else 0,
        "base_discount_tax_compensation_amount": 0,
        "base_original_price": money(item.original.base),
        "base_price": money(item.price.base),
        "base_row_invoiced": money(invoiced[1].base_row) if invoiced else 0,
        "base_row_total": money(amounts.base_row),
        "base_tax_amount": money(amounts.base_tax),
        "base_tax_invoiced": money(invoiced[1].base_tax) if invoiced else 0,
        "created_at": text(order.moment),
        "discount_amount": money(amounts.discount),
        "discount_invoiced": money(invoiced[1].discount) if invoiced else 0,
        "discount_percent": item.percent,
        "free_shipping": 0,
        "discount_tax_compensation_amount": 0,
        "is_qty_decimal": 0,
        "is_virtual": 0,
        "item_id": item.item_id,
        "name": item.name,
        "no_discount": 0,
        "order_id": order.order_id,
        "original_price": money(item.original.order),
        "price": money(item.price.order),
        "product_id": item.product.product_id,
        "product_type": item.kind,
        "qty_canceled": sums.canceled.get(item.item_id, 0),
        "qty_invoiced": invoiced[0] if invoiced else 0,
        "qty_ordered": item.quantity,
        "qty_refunded": refunded[0] if refunded else 0,
        "qty_shipped": sums.shipped.get(item.item_id, 0),
        "quote_item_id": item.item_id + 7,
        "row_invoiced": money(invoiced[1].row) if invoiced else 0,
        "row_total": money(amounts.row),
        "row_weight": round(weight * item.quantity, 3),
        "sku": item.sku,
        "store_id": order.store_id,
        "tax_amount": money(amounts.tax),
        "tax_invoiced": money(invoiced[1].tax) if invoiced else 0,
        "tax_percent": _percent(item.tax) if item.is_sold else 0,
        "updated_at": changed,
        "weight": weight,
    }
    if item.is_sold:
        document["base_price_incl_tax"] = money(item.price.base + amounts.base_tax // item.quantity)
        document["base_row_total_incl_tax"] = money(amounts.base_row + amounts.base_tax)
        document["price_incl_tax"] = money(item.price.order + amounts.tax // item.quantity)
        document["row_total_incl_tax"] = money(amounts.row + amounts.tax)
    if refunded:
        document["discount_refunded"] = money(refunded[1].discount)
        document["base_discount_refunded"] = money(refunded[1].base_discount)
        document["tax_refunded"] = money(refunded[1].tax)
        document["base_tax_refunded"] = money(refunded[1].base_tax)
    if item.repeats_price:
        # By version, Magento tells a child's price again: whoever sums all rows counts it twice.
        document["row_total"] = money(item.price.order * item.quantity)
        document["base_row_total"] = money(item.price.base * item.quantity)
    if item.parent:
        document["parent_item_id"] = item.parent.item_id
        document["parent_item"] = parent
    elif item.kind == CONFIGURABLE:
        child = item.options[0].product
        document["product_option"] = {
            "extension_attributes": {
                "configurable_item_options": [{"option_id": "93", "option_value": child.product_id}]
            }
        }
    elif item.kind == "bundle":
        document["product_option"] = {
            "extension_attributes": {
                "bundle_options": [
                    {
                        "option_id": place,
                        "option_qty": child.quantity // item.quantity,
                        "option_selections": [child.product.product_id],
                    }
                    for place, child in enumerate(item.options, 1)
                ]
            }
        }
    return orjson.dumps(trim(document, _LEAN_ITEM) if is_lean else document)


def _address(order: Order, kind: str) -> Json:
    is_shipping = kind == "shipping"
    found: Json = {
        "address_type": kind,
        "city": CITIES[(order.mark + order.address) % len(CITIES)],
        "country_id": order.country if is_shipping else order.shop.country,
        "email": _email(order.mark),
        "entity_id": order.order_id * 2 - is_shipping,
        "firstname": f"Mark{order.mark}",
        "lastname": "Person",
        "parent_id": order.order_id,
        "postcode": f"{10_000 + (order.mark * 37 + order.address) % 80_000}",
        "street": [f"Mark{order.mark} Street {order.address}"],
        "telephone": f"+00 555 {order.mark:08d}",
    }
    if order.customer_id:
        found["customer_address_id"] = order.customer_id * 10 + order.address
    return found


def _email(mark: int) -> str:
    return f"mark-{mark}@example.test"


def _history(order: Order, until: int) -> list[Json]:
    """Newest first, as Magento answers. Not every change of the status is in it."""
    found = []
    for place, event in enumerate(order.events[: until + 1]):
        if event.is_recorded:
            found.append(
                {
                    "comment": event.comment,
                    "created_at": text(event.moment),
                    "entity_id": order.number * EVENTS_PER_ORDER + place + 1,
                    "entity_name": _ENTITY.get(event.kind, "order"),
                    "is_customer_notified": int(event.kind in (PLACED, SHIPPED)),
                    "is_visible_on_front": int(event.kind == COMMENTED),
                    "parent_id": order.order_id,
                    "status": event.status,
                }
            )
    found.reverse()
    return found


def _summed(documents: list[Document]) -> tuple[Amounts, Pair, Pair, Pair, Pair]:
    """(lines, shipping, shipping's tax, shipping's discount, totals) of several documents."""
    lines = NOTHING
    shipping = tax = off = total = (0, 0)
    for one in documents:
        lines = lines.plus(one.lines())
        all_in = one.total()
        shipping = (shipping[0] + one.shipping.order, shipping[1] + one.shipping.base)
        tax = (tax[0] + one.shipping_tax.order, tax[1] + one.shipping_tax.base)
        off = (off[0] + one.shipping_discount.order, off[1] + one.shipping_discount.base)
        total = (total[0] + all_in.order, total[1] + all_in.base)
    return lines, Pair(*shipping), Pair(*tax), Pair(*off), Pair(*total)


def _currencies(order: Order) -> Json:
    return {
        "base_currency_code": order.shop.base_currency,
        "base_to_global_rate": _rate(order.global_rate),
        "base_to_order_rate": _rate(order.rate),
        "global_currency_code": GLOBAL_CURRENCY,
        "order_currency_code": order.shop.order_currency,
        "store_currency_code": order.shop.base_currency,
        # As Magento has it: not what their names say.
        "store_to_base_rate": _rate(order.global_rate),
        "store_to_order_rate": _rate(order.rate),
    }


def order_document(order: Order, until: int, is_lean: bool = False) -> bytes:
    """The order as it was after its event number `until`; lean, with the fields that a connector would ask for."""
    event, shop = order.events[until], order.shop
    sums = _Sums(order, until)
    changed = text(event.moment)
    items: list[orjson.Fragment] = []
    by_id: dict[int, orjson.Fragment] = {}
    for item in order.items:
        fragment = orjson.Fragment(
            _item(order, item, sums, changed, by_id[item.parent.item_id] if item.parent else None, is_lean)
        )
        by_id[item.item_id] = fragment
        items.append(fragment)
    lines, total = order.lines(), order.total()
    shipping, shipping_tax, shipping_off = order.shipping, order.shipping_tax, order.shipping_discount
    paid, paid_shipping, paid_shipping_tax, paid_off, paid_total = _summed(sums.invoices)
    back, back_shipping, back_shipping_tax, back_off, back_total = _summed(sums.memos)
    units = sum(item.quantity for item in order.items if not item.parent)
    description = "Flat Rate - Fixed" if shipping.base else "Free Shipping - Free"
    first_address = order.order_id * 2 - 1
    document: Json = {
        "applied_rule_ids": "1" if lines.discount else "",
        "base_currency_code": shop.base_currency,
        "base_discount_amount": money(-lines.base_discount - shipping_off.base),
        "base_discount_tax_compensation_amount": 0,
        "base_grand_total": money(total.base),
        "base_shipping_amount": money(shipping.base),
        "base_shipping_discount_amount": money(shipping_off.base),
        "base_shipping_discount_tax_compensation_amnt": 0,
        "base_shipping_incl_tax": money(shipping.base + shipping_tax.base),
        "base_shipping_tax_amount": money(shipping_tax.base),
        "base_subtotal": money(lines.base_row),
        "base_subtotal_incl_tax": money(lines.base_row + lines.base_tax),
        "base_tax_amount": money(lines.base_tax + shipping_tax.base),
        "base_total_due": money(total.base - paid_total.base),
        "billing_address_id": first_address + 1,
        "created_at": text(order.moment),
        "customer_email": _email(order.mark),
        "customer_firstname": f"Mark{order.mark}",
        "customer_group_id": 1 if order.customer_id else 0,
        "customer_is_guest": 0 if order.customer_id else 1,
        "customer_lastname": "Person",
        "customer_note_notify": 1,
        "discount_amount": money(-lines.discount - shipping_off.order),
        "discount_tax_compensation_amount": 0,
        "email_sent": 1,
        "entity_id": order.order_id,
        "grand_total": money(total.order),
        "increment_id": order.increment_id,
        "is_virtual": 0,
        "protect_code": f"{order.mark * 2_654_435_761 % 2**32:08x}",
        "quote_id": order.order_id + 1000,
        "remote_ip": f"192.0.2.{order.mark % 254 + 1}",
        "shipping_amount": money(shipping.order),
        "shipping_description": description,
        "shipping_discount_amount": money(shipping_off.order),
        "shipping_discount_tax_compensation_amount": 0,
        "shipping_incl_tax": money(shipping.order + shipping_tax.order),
        "shipping_tax_amount": money(shipping_tax.order),
        "state": event.state,
        "status": event.status,
        "store_id": order.store_id,
        "store_name": f"{shop.name}\n{shop.name} Store\n{shop.views[order.store_id - 1].name}",
        "subtotal": money(lines.row),
        "subtotal_incl_tax": money(lines.row + lines.tax),
        "tax_amount": money(lines.tax + shipping_tax.order),
        "total_due": money(total.order - paid_total.order),
        "total_item_count": sum(not item.parent for item in order.items),
        "total_qty_ordered": units,
        "updated_at": changed,
        "weight": round(sum(i.product.weight * i.quantity for i in order.items if not i.parent) / 1000, 3),
    }
    document |= _currencies(order)
    if order.customer_id:
        document["customer_id"] = order.customer_id
    if order.coupon:
        document["coupon_code"] = order.coupon
        document["discount_description"] = order.coupon
    payment: Json = {
        "account_status": None,
        "additional_information": ["Bank transfer payment" if order.method == "banktransfer" else "Card", ""],
        "amount_ordered": money(total.order),
        "base_amount_ordered": money(total.base),
        "base_shipping_amount": money(shipping.base),
        "cc_last4": None,
        "entity_id": order.order_id,
        "method": order.method,
        "parent_id": order.order_id,
        "shipping_amount": money(shipping.order),
    }
    ship_total: Json = {
        "base_shipping_amount": money(shipping.base),
        "base_shipping_discount_amount": money(shipping_off.base),
        "base_shipping_incl_tax": money(shipping.base + shipping_tax.base),
        "base_shipping_tax_amount": money(shipping_tax.base),
        "shipping_amount": money(shipping.order),
        "shipping_discount_amount": money(shipping_off.order),
        "shipping_incl_tax": money(shipping.order + shipping_tax.order),
        "shipping_tax_amount": money(shipping_tax.order),
    }
    if sums.invoices:
        document |= {
            "base_discount_invoiced": money(-paid.base_discount - paid_off.base),
            "base_shipping_invoiced": money(paid_shipping.base),
            "base_subtotal_invoiced": money(paid.base_row),
            "base_tax_invoiced": money(paid.base_tax + paid_shipping_tax.base),
            "base_total_invoiced": money(paid_total.base),
            "base_total_paid": money(paid_total.base),
            "discount_invoiced": money(-paid.discount - paid_off.order),
            "shipping_invoiced": money(paid_shipping.order),
            "subtotal_invoiced": money(paid.row),
            "tax_invoiced": money(paid.tax + paid_shipping_tax.order),
            "total_invoiced": money(paid_total.order),
            "total_paid": money(paid_total.order),
        }
        payment |= {
            "amount_paid": money(paid_total.order),
            "base_amount_paid": money(paid_total.base),
            "base_shipping_captured": money(paid_shipping.base),
            "shipping_captured": money(paid_shipping.order),
        }
        ship_total |= {
            "base_shipping_invoiced": money(paid_shipping.base),
            "shipping_invoiced": money(paid_shipping.order),
        }
    if sums.memos:
        more = Pair(sum(m.more.order for m in sums.memos), sum(m.more.base for m in sums.memos))
        less = Pair(sum(m.less.order for m in sums.memos), sum(m.less.base for m in sums.memos))
        document |= {
            "adjustment_negative": money(less.order),
            "adjustment_positive": money(more.order),
            "base_adjustment_negative": money(less.base),
            "base_adjustment_positive": money(more.base),
            "base_discount_refunded": money(-back.base_discount - back_off.base),
            "base_shipping_refunded": money(back_shipping.base),
            "base_shipping_tax_refunded": money(back_shipping_tax.base),
            "base_subtotal_refunded": money(back.base_row),
            "base_tax_refunded": money(back.base_tax + back_shipping_tax.base),
            "base_total_offline_refunded": money(back_total.base),
            "base_total_refunded": money(back_total.base),
            "discount_refunded": money(-back.discount - back_off.order),
            "shipping_refunded": money(back_shipping.order),
            "shipping_tax_refunded": money(back_shipping_tax.order),
            "subtotal_refunded": money(back.row),
            "tax_refunded": money(back.tax + back_shipping_tax.order),
            "total_offline_refunded": money(back_total.order),
            "total_refunded": money(back_total.order),
        }
        payment |= {"amount_refunded": money(back_total.order), "base_amount_refunded": money(back_total.base)}
        ship_total |= {
            "base_shipping_refunded": money(back_shipping.base),
            "base_shipping_tax_refunded": money(back_shipping_tax.base),
            "shipping_refunded": money(back_shipping.order),
            "shipping_tax_refunded": money(back_shipping_tax.order),
        }
    if sums.canceled:
        rest = lines.minus(paid)
        document |= {
            "base_subtotal_canceled": money(rest.base_row),
            "base_tax_canceled": money(rest.base_tax + shipping_tax.base - paid_shipping_tax.base),
            "base_discount_canceled": money(rest.base_discount + shipping_off.base - paid_off.base),
            "base_shipping_canceled": money(shipping.base - paid_shipping.base),
            "base_total_canceled": money(total.base - paid_total.base),
            "subtotal_canceled": money(rest.row),
            "tax_canceled": money(rest.tax + shipping_tax.order - paid_shipping_tax.order),
            "discount_canceled": money(rest.discount + shipping_off.order - paid_off.order),
            "shipping_canceled": money(shipping.order - paid_shipping.order),
            "total_canceled": money(total.order - paid_total.order),
        }
    document["items"] = items
    document["billing_address"] = _address(order, "billing")
    document["payment"] = payment
    document["status_histories"] = _history(order, until)
    document["extension_attributes"] = {
        "shipping_assignments": [
            {
                "shipping": {
                    "address": _address(order, "shipping"),
                    "method": "flatrate_flatrate" if shipping.base else "freeshipping_freeshipping",
                    "total": ship_total,
                },
                "items": items,
            }
        ],
        "payment_additional_info": [{"key": "method_title", "value": order.method}],
        "applied_taxes": [],
        "item_applied_taxes": [],
    }
    return orjson.dumps(trim(document, _LEAN) if is_lean else document)


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
                "base_discount_tax_compensation_amount": 0,
                "base_row_total": money(amounts.base_row),
                "base_row_total_incl_tax": money(amounts.base_row + amounts.base_tax),
                "base_tax_amount": money(amounts.base_tax),
                "discount_tax_compensation_amount": 0,
                "row_total": money(amounts.row),
                "row_total_incl_tax": money(amounts.row + amounts.tax),
                "tax_amount": money(amounts.tax),
            }
            if amounts.discount or amounts.base_discount:
                row["discount_amount"] = money(amounts.discount)
                row["base_discount_amount"] = money(amounts.base_discount)
        found.append(row)
    return found


def _money_document(order: Order, one: Document, changed: int) -> Json:
    lines, total = one.lines(), one.total()
    return {
        "base_discount_amount": money(-lines.base_discount - one.shipping_discount.base),
        "base_discount_tax_compensation_amount": 0,
        "base_grand_total": money(total.base),
        "base_shipping_amount": money(one.shipping.base),
        "base_shipping_discount_tax_compensation_amnt": 0,
        "base_shipping_incl_tax": money(one.shipping.base + one.shipping_tax.base),
        "base_shipping_tax_amount": money(one.shipping_tax.base),
        "base_subtotal": money(lines.base_row),
        "base_subtotal_incl_tax": money(lines.base_row + lines.base_tax),
        "base_tax_amount": money(lines.base_tax + one.shipping_tax.base),
        "billing_address_id": order.order_id * 2,
        "created_at": text(one.moment),
        "discount_amount": money(-lines.discount - one.shipping_discount.order),
        "discount_tax_compensation_amount": 0,
        "email_sent": 1,
        "entity_id": one.document_id,
        "grand_total": money(total.order),
        "increment_id": f"{0 if order.store_id == 1 else order.store_id}{one.document_id:08d}",
        "order_id": order.order_id,
        "shipping_address_id": order.order_id * 2 - 1,
        "shipping_amount": money(one.shipping.order),
        "shipping_discount_tax_compensation_amount": 0,
        "shipping_incl_tax": money(one.shipping.order + one.shipping_tax.order),
        "shipping_tax_amount": money(one.shipping_tax.order),
        "state": 2,
        "store_id": order.store_id,
        "subtotal": money(lines.row),
        "subtotal_incl_tax": money(lines.row + lines.tax),
        "tax_amount": money(lines.tax + one.shipping_tax.order),
        "updated_at": text(changed),
        **_currencies(order),
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
        "items": [{"base_cost": None, **row} for row in _money_parts(order, memo)],
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


def product_document(shop: Shop, product: Product, version: int) -> bytes:
    """A product. One without a price of its own (configurable, bundle of dynamic price) says 0."""
    custom = [
        {"attribute_code": "url_key", "value": product.sku.lower()},
        {"attribute_code": "image", "value": f"/{product.sku.lower()}-{product.images[version]}.jpg"},
        {"attribute_code": "tax_class_id", "value": "3" if product.is_reduced else "2"},
    ]
    extension: Json = {"website_ids": [1], "category_links": [{"position": 0, "category_id": "3"}]}
    if product.kind in _PRICE_TYPE:
        kind = _PRICE_TYPE[product.kind]
        custom += [
            {"attribute_code": "price_type", "value": kind},
            {"attribute_code": "sku_type", "value": kind},
            {"attribute_code": "shipment_type", "value": "0"},
        ]
        extension["bundle_product_options"] = [
            {
                "option_id": place,
                "title": f"Part {place}",
                "required": True,
                "type": "select",
                "position": place,
                "sku": product.sku,
                "product_links": [
                    {
                        "id": str(place),
                        "sku": child.sku,
                        "option_id": place,
                        "qty": each,
                        "position": 1,
                        "is_default": True,
                        "price": 0,
                        "price_type": 0,
                        "can_change_quantity": 0,
                    }
                ],
            }
            for place, (child, each) in enumerate(product.parts, 1)
        ]
    elif product.kind == CONFIGURABLE:
        extension["configurable_product_options"] = [
            {
                "id": 1,
                "attribute_id": "93",
                "label": "Variant",
                "position": 0,
                "values": [{"value_index": child.product_id} for child, _ in product.parts],
                "product_id": product.product_id,
            }
        ]
        extension["configurable_product_links"] = [child.product_id for child, _ in product.parts]
    return orjson.dumps(
        {
            "id": product.product_id,
            "sku": product.sku,
            "name": product.names[version],
            "attribute_set_id": 4,
            "price": money(product.prices[version]),
            "status": 1,
            "visibility": 1 if product.is_child else 4,
            "type_id": "bundle" if product.kind in _PRICE_TYPE else product.kind,
            "created_at": text(product.created_at),
            "updated_at": text(product.updated_at(version)),
            "weight": product.weight / 1000,
            "extension_attributes": extension,
            "product_links": [],
            "options": [],
            "media_gallery_entries": [],
            "tier_prices": [],
            "custom_attributes": custom,
        }
    )


def customer_document(shop: Shop, customer: Customer, version: int) -> bytes:
    """A registered customer."""
    address = customer.addresses[version]
    key = customer.customer_id * 10 + address
    return orjson.dumps(
        {
            "id": customer.customer_id,
            "group_id": customer.groups[version],
            "default_billing": str(key),
            "default_shipping": str(key),
            "created_at": text(customer.times[0]),
            "updated_at": text(customer.times[version]),
            "created_in": shop.views[customer.store_id - 1].name,
            "email": _email(customer.mark),
            "firstname": f"Mark{customer.mark}",
            "lastname": "Person",
            "store_id": customer.store_id,
            "website_id": 1,
            "addresses": [
                {
                    "id": key,
                    "customer_id": customer.customer_id,
                    "region": {"region_code": "", "region": "", "region_id": 0},
                    "region_id": 0,
                    "country_id": shop.country,
                    "street": [f"Mark{customer.mark} Street {address}"],
                    "telephone": f"+00 555 {customer.mark:08d}",
                    "postcode": f"{10_000 + (customer.mark * 37 + address) % 80_000}",
                    "city": CITIES[(customer.mark + address) % len(CITIES)],
                    "firstname": f"Mark{customer.mark}",
                    "lastname": "Person",
                    "default_shipping": True,
                    "default_billing": True,
                }
            ],
            "disable_auto_group_change": 0,
            "extension_attributes": {"is_subscribed": customer.mark % 3 == 0},
        }
    )


def source_item_document(location: str, sku: str, quantity: int) -> Json:
    """What lies of an SKU at a location."""
    return {"sku": sku, "source_code": location, "quantity": quantity, "status": int(quantity > 0)}


def source_document(shop: Shop, place: Location) -> Json:
    """A location."""
    return {
        "source_code": place.code,
        "name": place.name,
        "enabled": True,
        "country_id": shop.country,
        "city": place.city,
        "postcode": place.postcode,
        "use_default_carrier_config": True,
        "carrier_links": [],
    }


def stock_document(shop: Shop) -> Json:
    """The one stock that all sources of an installation serve."""
    return {
        "stock_id": 1,
        "name": "Default Stock",
        "extension_attributes": {"sales_channels": [{"type": "website", "code": f"{shop.source}_website"}]},
    }


def store_config_documents(shop: Shop, url: str) -> list[Json]:
    """A config per store view; the one of the administration has number 0 and is not among them."""
    base = {
        f"{secure}base_{kind}url": f"{url}/{kind.replace('_', '/')}"
        for secure in ("", "secure_")
        for kind in ("", "link_", "static_", "media_")
    }
    return [
        {
            "id": view.store_id,
            "code": view.code,
            "website_id": 1,
            "locale": view.locale,
            "base_currency_code": shop.base_currency,
            "default_display_currency_code": shop.order_currency,
            "timezone": shop.timezone,
            "weight_unit": "lbs" if shop.country == "US" else "kgs",
            **base,
        }
        for view in shop.views
    ]


def store_view_documents(shop: Shop) -> list[Json]:
    """The store views, that of the administration among them."""
    admin = {"id": 0, "code": "admin", "name": "Admin", "website_id": 0, "store_group_id": 0, "is_active": 1}
    return [admin] + [
        {
            "id": view.store_id,
            "code": view.code,
            "name": view.name,
            "website_id": 1,
            "store_group_id": 1,
            "is_active": 1,
        }
        for view in shop.views
    ]


def website_documents(shop: Shop) -> list[Json]:
    """The websites, that of the administration among them."""
    return [
        {"id": 0, "code": "admin", "name": "Admin", "default_group_id": 0},
        {"id": 1, "code": f"{shop.source}_website", "name": shop.name, "default_group_id": 1},
    ]
