"""What makes a record of Magento usable; all else is silver's business."""

import re
from typing import Any

from ingestion.records.contracts import Contract, Key, Money, Time, Whole

MONEY = re.compile(
    r"amount|price|cost|total|subtotal|tax|discount|shipping|adjustment|rate|refunded|invoiced|qty|quantity|weee|paid"
)
"""Names of fields that hold money, rates or quantities, in any document at any depth."""


class Changed(Contract):
    """What has a time of change, to the second, UTC."""

    updated_at: Time


class Sales(Changed):
    """An order, invoice, credit memo or shipment: the document with its lines."""

    entity_id: Whole
    items: list[Any]


class Order(Sales):
    """An order; its number is what people know it by."""

    increment_id: Key
    store_id: Whole


class Numbered(Changed):
    """A product or a customer."""

    id: Whole


class Product(Numbered):
    """A product of any type."""

    sku: Key


class SourceItem(Contract):
    """How many pieces of a product lie at a source."""

    source_code: Key
    sku: Key
    quantity: Money


class StoreConfig(Contract):
    """What a store view is set to: codes, currencies, locale, time zone."""

    id: Whole
    code: Key
