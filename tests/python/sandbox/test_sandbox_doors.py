"""Who may ask: tokens, and signatures that a library of others makes."""

import httpx
import pytest
from visitor import Visitor, criteria


@pytest.mark.parametrize("source", ["de", "gb", "pl", "us"])
def test_each_installation_wants_its_own(visitor: Visitor, source: str) -> None:
    """With its own credentials one gets in, with none or those of any other installation one does not."""
    address = visitor.address(source, "orders", {**criteria(size=1, status__in="a, b&c+d"), "fields": "total_count"})
    assert visitor.client.get(address, headers=visitor.signed(source, address)).status_code == 200
    assert visitor.client.get(address).status_code == 401
    for other in {"de", "gb", "pl", "us"} - {source}:
        refused = visitor.client.get(address, headers=visitor.signed(other, address))
        assert refused.status_code == 401
        assert not any(value in refused.text for value in visitor.secrets[source].values())


def test_a_signature_is_good_once_and_for_what_was_signed(visitor: Visitor) -> None:
    """A nonce is taken once, so every retry must be signed anew; a changed query or method is no longer what was signed."""
    address = visitor.address("pl", "orders", criteria(size=1, page=1))
    headers = visitor.signed("pl", address)
    other = visitor.address("pl", "orders", criteria(size=1, page=2))
    assert visitor.client.get(other, headers=headers).status_code == 401
    assert visitor.client.post(address, headers=headers).status_code == 401
    assert visitor.client.get(address, headers=headers).status_code == 200
    again = visitor.client.get(address, headers=headers)
    assert (again.status_code, again.json()["message"]) == (401, "oauth_problem=nonce_used")


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('oauth_signature="', 'oauth_signature="x', "signature_invalid"),
        ("HMAC-SHA256", "HMAC-SHA1", "signature_method_rejected"),
        ('oauth_timestamp="1', 'oauth_timestamp="2', "timestamp_refused"),
        ('oauth_consumer_key="', 'oauth_consumer_key="x', "consumer_key_rejected"),
        ('oauth_token="', 'oauth_token="x', "token_rejected"),
        ("oauth_nonce", "oauth_none", "parameter_absent"),
    ],
)
def test_what_is_wrong_with_a_signature_is_said(visitor: Visitor, old: str, new: str, problem: str) -> None:
    """Each part of a signature counts."""
    address = visitor.address("us", "orders", criteria(size=1))
    header = visitor.signed("us", address)["Authorization"]
    assert old in header
    refused = visitor.client.get(address, headers={"Authorization": header.replace(old, new)})
    assert refused.status_code == 401
    assert problem in refused.json()["message"]


def test_a_shop_that_only_reads(visitor: Visitor) -> None:
    """Nothing can be written, by whomever."""
    address = visitor.address("de", "orders", criteria(size=1))
    assert visitor.client.post(address, headers=visitor.signed("de", address)).status_code == 404
    assert httpx.get(f"{visitor.url}/magento/fr/rest/V1/orders").status_code == 404
