"""Magento 2 (Adobe Commerce): sales, products, customers and stock over its REST API."""

from ingestion.extract.rest.pages import Listing
from ingestion.extract.rest.rest_system import RestEntity, RestSystem
from ingestion.records.contracts import Contract
from ingestion.records.envelope import RecordShape
from ingestion.systems.magento import contract


def _changing(
    entity: str, path: str, kind: type[Contract], key: str, *, subject: str | None = None, store: str | None = None
) -> RestEntity:
    return RestEntity(
        system="magento",
        entity=entity,
        scope="window",
        shape=RecordShape(kind, (key,), record_at="updated_at", subject=subject, exact=contract.MONEY),
        listing=Listing(path, store_field=store),
    )


def _whole(entity: str, kind: type[Contract], key: tuple[str, ...], listing: Listing) -> RestEntity:
    return RestEntity("magento", entity, "full", RecordShape(kind, key, exact=contract.MONEY), listing)


SYSTEM = RestSystem(
    name="magento",
    root="rest/{store_code}/V1",
    entities=(
        _changing("orders", "orders", contract.Order, "entity_id", subject="customer_email", store="store_id"),
        _changing("invoices", "invoices", contract.Sales, "entity_id", store="store_id"),
        _changing("credit_memos", "creditmemos", contract.Sales, "entity_id", store="store_id"),
        _changing("shipments", "shipments", contract.Sales, "entity_id", store="store_id"),
        _changing("products", "products", contract.Product, "id"),
        _changing("customers", "customers/search", contract.Numbered, "id", subject="email"),
        _whole(
            "source_items",
            contract.SourceItem,
            ("source_code", "sku"),
            Listing("inventory/source-items", cursor=None, tie_breakers=("source_code", "sku")),
        ),
        _whole("store_configs", contract.StoreConfig, ("id",), Listing("store/storeConfigs", is_array=True)),
    ),
)
