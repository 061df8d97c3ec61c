"""How Magento writes things down: the answers' documents, as JSON.

What is null is left out. Amounts come twice, in the order's and in the base currency; all are numbers.
"""

from sandbox.documents.common import Json
from sandbox.documents.masters import customer_document, product_document
from sandbox.documents.orders import order_document
from sandbox.documents.papers import invoice_document, memo_document, shipment_document
from sandbox.documents.stores import (
    source_document,
    source_item_document,
    stock_document,
    store_config_documents,
    store_view_documents,
    website_documents,
)

__all__ = [
    "Json",
    "customer_document",
    "invoice_document",
    "memo_document",
    "order_document",
    "product_document",
    "shipment_document",
    "source_document",
    "source_item_document",
    "stock_document",
    "store_config_documents",
    "store_view_documents",
    "website_documents",
]
