"""Every answer keeps to the OpenAPI schema of Magento 2.4.8, errors too."""

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from visitor import SOURCES, Visitor, criteria

PATHS = (
    "orders",
    "invoices",
    "creditmemos",
    "shipments",
    "products",
    "customers/search",
    "inventory/source-items",
    "inventory/sources",
    "inventory/stocks",
    "store/storeConfigs",
    "store/storeViews",
    "store/websites",
)


@pytest.fixture(scope="module")
def schema(shared: Callable[..., Path]) -> Any:
    """The schema, made strict: no field that it does not name. A field that it requires may be null, as with Magento."""
    path = shared("data", "magento", "openapi", "admin-schema-2.4.8.yaml.gz")
    with gzip.open(path, "rt", encoding="utf-8") as file:
        found = yaml.load(file, Loader=yaml.CSafeLoader)
    for definition in found["definitions"].values():
        properties = definition.get("properties")
        if not properties:
            continue
        definition["additionalProperties"] = False
        for name in definition.get("required", []):
            if properties[name].get("type") in ("string", "number"):
                properties[name] = {**properties[name], "type": [properties[name]["type"], "null"]}
    return found


def validator(schema: Any, response: Any) -> jsonschema.Draft4Validator:
    return jsonschema.Draft4Validator({**response["schema"], "definitions": schema["definitions"]})


@pytest.mark.parametrize("path", PATHS)
def test_answers_keep_to_the_schema(path: str, schema: Any, visitor: Visitor) -> None:
    """What a client is written against is what the sandbox says: fields, their types, their nesting."""
    check = validator(schema, schema["paths"][f"/V1/{path}"]["get"]["responses"]["200"])
    for source in SOURCES:
        query = None if path.startswith("store/") else criteria(size=60, page=1)
        answer = visitor.get(source, path, query)
        assert answer.status_code == 200
        body = answer.json()
        assert body["items"] if isinstance(body, dict) else body
        problems = [f"{'/'.join(map(str, one.absolute_path))}: {one.message[:200]}" for one in check.iter_errors(body)]
        assert problems == []


def test_the_check_finds_what_is_wrong(schema: Any, visitor: Visitor) -> None:
    """The check itself: a misspelt field, a text for a number, and a missing one are found."""
    check = validator(schema, schema["paths"]["/V1/orders"]["get"]["responses"]["200"])
    body = visitor.get("de", "orders", criteria(size=1)).json()
    assert check.is_valid(body)
    for change in (
        {"grand_totl": 1},
        {"store_id": "1"},
        {"items": None},
        {"billing_address": {**body["items"][0]["billing_address"], "city": 5}},
    ):
        assert not check.is_valid({**body, "items": [{**body["items"][0], **change}]})


def test_errors_keep_to_the_schema(schema: Any, visitor: Visitor) -> None:
    """Bodies of 400, 401 and 404 are Magento's."""
    check = validator(schema, {"schema": {"$ref": "#/definitions/error-response"}})
    answers = [
        visitor.client.get(visitor.address("de", "orders", criteria(size=1))),
        visitor.get("de", "nothing"),
        visitor.get("de", "orders", criteria(size=301)),
        visitor.get("de", "orders"),
    ]
    assert [answer.status_code for answer in answers] == [401, 404, 400, 400]
    for answer in answers:
        # The schema calls the parameters a list; what is documented and sent is an object.
        check.validate({name: value for name, value in answer.json().items() if name != "parameters"})
    assert answers[0].json() == {
        "message": "The consumer isn't authorized to access %resources.",
        "parameters": {"resources": "Magento_Sales::actions_view"},
    }
    assert answers[1].json()["message"] == "Request does not match any route."
    assert answers[2].json()["message"] == "Maximum SearchCriteria pageSize is 300"
