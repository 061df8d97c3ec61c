"""Store views, websites, locations and what lies there."""

from sandbox.documents.common import Json
from sandbox.shops import Location, Shop


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
