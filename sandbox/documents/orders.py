"""An order's document as of one of its events."""

import orjson

from sandbox.catalog import CONFIGURABLE
from sandbox.documents.common import Json, currencies, email, levies, money, percent
from sandbox.fields import parse_fields, trim
from sandbox.orders import (
    CANCELED,
    COMMENTED,
    EVENTS_PER_ORDER,
    INVOICED,
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
)
from sandbox.people import CITIES
from sandbox.times import text

_ENTITY = {INVOICED: "invoice", SHIPPED: "shipment", REFUNDED: "creditmemo"}
_LEAN_ITEM = parse_fields(
    "item_id,parent_item_id,order_id,product_id,product_type,sku,name,price,base_price,original_price,discount_percent,"
    "qty_ordered,qty_invoiced,qty_shipped,qty_refunded,qty_canceled,row_total,base_row_total,discount_amount,"
    "base_discount_amount,discount_tax_compensation_amount,base_discount_tax_compensation_amount,tax_amount,base_tax_amount,"
    "tax_percent,weee_tax_applied_row_amount,base_weee_tax_applied_row_amnt"
)
_LEAN_ADDRESS = "firstname,lastname,city,postcode,country_id,street,email,telephone,address_type"
_LEAN = parse_fields(
    "entity_id,increment_id,store_id,created_at,updated_at,state,status,customer_id,customer_is_guest,customer_email,"
    "customer_firstname,customer_lastname,coupon_code,base_currency_code,order_currency_code,global_currency_code,"
    "base_to_order_rate,base_to_global_rate,subtotal,base_subtotal,discount_amount,base_discount_amount,tax_amount,"
    "base_tax_amount,shipping_amount,base_shipping_amount,shipping_discount_amount,base_shipping_discount_amount,"
    "shipping_discount_tax_compensation_amount,base_shipping_discount_tax_compensation_amnt,shipping_canceled,"
    "base_shipping_canceled,shipping_tax_amount,base_shipping_tax_amount,grand_total,base_grand_total,total_paid,base_total_paid,"
    "total_refunded,base_total_refunded,total_canceled,base_total_canceled,items,"
    f"billing_address[{_LEAN_ADDRESS}],payment[method,additional_information],"
    "status_histories[entity_id,parent_id,created_at,status,entity_name,comment],"
    f"extension_attributes[shipping_assignments[shipping[address[{_LEAN_ADDRESS}],method]]]"
)
"""What a connector would ask for with `fields`, so that a benchmark can read orders of the usual size."""


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
        "base_discount_amount": money(amounts.base_off),
        "base_discount_invoiced": money(invoiced[1].base_off) if invoiced else 0,
        "base_discount_tax_compensation_amount": money(amounts.base_held),
        "base_original_price": money(item.original.base),
        "base_price": money(item.price.base),
        "base_row_invoiced": money(invoiced[1].base_row) if invoiced else 0,
        "base_row_total": money(amounts.base_row),
        "base_tax_amount": money(amounts.base_tax),
        "base_tax_invoiced": money(invoiced[1].base_tax) if invoiced else 0,
        "created_at": text(order.moment),
        "discount_amount": money(amounts.off),
        "discount_invoiced": money(invoiced[1].off) if invoiced else 0,
        "discount_percent": item.percent,
        "free_shipping": 0,
        "discount_tax_compensation_amount": money(amounts.held),
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
        "tax_percent": percent(item.tax) if item.is_sold else 0,
        "updated_at": changed,
        "weight": weight,
    }
    if item.is_sold:
        document |= levies(amounts)
        document["base_price_incl_tax"] = money(item.price.base + amounts.base_tax // item.quantity)
        document["base_row_total_incl_tax"] = money(amounts.base_row + amounts.base_tax)
        document["price_incl_tax"] = money(item.price.order + amounts.tax // item.quantity)
        document["row_total_incl_tax"] = money(amounts.row + amounts.tax)
    if refunded:
        document["discount_refunded"] = money(refunded[1].off)
        document["base_discount_refunded"] = money(refunded[1].base_off)
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
        "email": email(order.mark),
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
        off = (off[0] + one.shipping_off.order, off[1] + one.shipping_off.base)
        total = (total[0] + all_in.order, total[1] + all_in.base)
    return lines, Pair(*shipping), Pair(*tax), Pair(*off), Pair(*total)


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
    shipping, shipping_tax, shipping_off = order.shipping, order.shipping_tax, order.shipping_off
    paid, paid_shipping, paid_shipping_tax, paid_off, paid_total = _summed(sums.invoices)
    back, back_shipping, back_shipping_tax, back_off, back_total = _summed(sums.memos)
    units = sum(item.quantity for item in order.items if not item.parent)
    description = "Flat Rate - Fixed" if shipping.base else "Free Shipping - Free"
    first_address = order.order_id * 2 - 1
    document: Json = {
        "applied_rule_ids": "1" if lines.off else "",
        "base_currency_code": shop.base_currency,
        "base_discount_amount": money(-lines.base_off - shipping_off.base),
        "base_discount_tax_compensation_amount": money(lines.base_held),
        "base_grand_total": money(total.base),
        "base_shipping_amount": money(shipping.base),
        "base_shipping_discount_amount": money(shipping_off.base),
        "base_shipping_discount_tax_compensation_amnt": money(order.shipping_held.base),
        "base_shipping_incl_tax": money(shipping.base + shipping_tax.base),
        "base_shipping_tax_amount": money(shipping_tax.base),
        "base_subtotal": money(lines.base_row),
        "base_subtotal_incl_tax": money(lines.base_row + lines.base_tax),
        "base_tax_amount": money(lines.base_tax + shipping_tax.base),
        "base_total_due": money(total.base - paid_total.base),
        "billing_address_id": first_address + 1,
        "created_at": text(order.moment),
        "customer_email": email(order.mark),
        "customer_firstname": f"Mark{order.mark}",
        "customer_group_id": 1 if order.customer_id else 0,
        "customer_is_guest": 0 if order.customer_id else 1,
        "customer_lastname": "Person",
        "customer_note_notify": 1,
        "discount_amount": money(-lines.off - shipping_off.order),
        "discount_tax_compensation_amount": money(lines.held),
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
        "shipping_discount_tax_compensation_amount": money(order.shipping_held.order),
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
    document |= currencies(order)
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
            "base_discount_invoiced": money(-paid.base_off - paid_off.base),
            "base_shipping_invoiced": money(paid_shipping.base),
            "base_subtotal_invoiced": money(paid.base_row),
            "base_tax_invoiced": money(paid.base_tax + paid_shipping_tax.base),
            "base_total_invoiced": money(paid_total.base),
            "base_total_paid": money(paid_total.base),
            "discount_invoiced": money(-paid.off - paid_off.order),
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
            "base_discount_refunded": money(-back.base_off - back_off.base),
            "base_shipping_refunded": money(back_shipping.base),
            "base_shipping_tax_refunded": money(back_shipping_tax.base),
            "base_subtotal_refunded": money(back.base_row),
            "base_tax_refunded": money(back.base_tax + back_shipping_tax.base),
            "base_total_offline_refunded": money(back_total.base),
            "base_total_refunded": money(back_total.base),
            "discount_refunded": money(-back.off - back_off.order),
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
            "base_discount_canceled": money(rest.base_off + shipping_off.base - paid_off.base),
            "base_shipping_canceled": money(shipping.base - paid_shipping.base),
            "base_total_canceled": money(total.base - paid_total.base),
            "subtotal_canceled": money(rest.row),
            "tax_canceled": money(rest.tax + shipping_tax.order - paid_shipping_tax.order),
            "discount_canceled": money(rest.off + shipping_off.order - paid_off.order),
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
