"""Products and customers."""

import orjson

from sandbox.catalog import CONFIGURABLE, DYNAMIC, FIXED, Product
from sandbox.documents.common import Json, email, money
from sandbox.people import CITIES, Customer
from sandbox.shops import Shop
from sandbox.times import text

_PRICE_TYPE = {DYNAMIC: "0", FIXED: "1"}


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
            "email": email(customer.mark),
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
