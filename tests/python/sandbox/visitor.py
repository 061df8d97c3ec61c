"""A visitor of the sandbox: over HTTP only, with a client and a signer that share nothing with it."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import oauthlib.oauth1

REPOSITORY = Path(__file__).resolve().parents[3]
SOURCES = ("de", "gb", "pl", "us")


class Visitor:
    """Asks one sandbox. Answers are given as they are; `pull` reads all pages of a search."""

    def __init__(self, url: str, secrets: dict[str, str]) -> None:
        self.url = url
        self.secrets = {name.rpartition("_")[2].lower(): json.loads(value) for name, value in secrets.items()}
        self.client = httpx.Client(timeout=30)

    def signed(self, source: str, url: str) -> dict[str, str]:
        """The headers that an installation wants to see."""
        secret = self.secrets[source]
        if "consumer_key" not in secret:
            return {"Authorization": f"Bearer {secret['token']}"}
        signer = oauthlib.oauth1.Client(
            secret["consumer_key"],
            client_secret=secret["consumer_secret"],
            resource_owner_key=secret["token"],
            resource_owner_secret=secret["token_secret"],
            signature_method=oauthlib.oauth1.SIGNATURE_HMAC_SHA256,
        )
        headers: dict[str, str] = signer.sign(url)[1]
        return headers

    def address(self, source: str, path: str, query: dict[str, Any] | None = None, store: str = "default") -> str:
        """The address of a question, its query escaped."""
        return str(httpx.URL(f"{self.url}/magento/{source}/rest/{store}/V1/{path}", params=query))

    def get(
        self, source: str, path: str, query: dict[str, Any] | None = None, store: str = "default"
    ) -> httpx.Response:
        """One answer."""
        address = self.address(source, path, query, store)
        return self.client.get(address, headers=self.signed(source, address))

    def pull(self, source: str, path: str, key: str = "entity_id", size: int = 300, **filters: str) -> list[Any]:
        """Everything that a search finds, page by page, sorted."""
        found: list[Any] = []
        page = 1
        while True:
            query = criteria(size=size, page=page, sorts=[("updated_at", "ASC"), (key, "ASC")], **filters)
            answer = self.get(source, path, query)
            assert answer.status_code == 200, answer.text[:300]
            body = answer.json()
            found += body["items"]
            if page * size >= body["total_count"]:
                return found
            page += 1

    def post(self, path: str, **body: str) -> httpx.Response:
        """Turn one of the sandbox's own knobs."""
        return self.client.post(f"{self.url}/_sandbox/{path}", json=body)

    def health(self) -> Any:
        """What the sandbox says of itself."""
        return self.client.get(f"{self.url}/_sandbox/health").json()


def criteria(
    size: int | None = None, page: int | None = None, sorts: list[tuple[str, str]] | None = None, **filters: str
) -> dict[str, Any]:
    """Parameters of a search; a filter is `field__condition="value"`, and all must hold."""
    found: dict[str, Any] = {} if size or page or sorts or filters else {"searchCriteria": ""}
    for place, (name, value) in enumerate(filters.items()):
        field, _, condition = name.partition("__")
        stem = f"searchCriteria[filter_groups][{place}][filters][0]"
        found |= {f"{stem}[field]": field, f"{stem}[value]": value}
        found |= {f"{stem}[condition_type]": condition} if condition else {}
    for place, (field, direction) in enumerate(sorts or []):
        found |= {f"searchCriteria[sortOrders][{place}][field]": field}
        found |= {f"searchCriteria[sortOrders][{place}][direction]": direction}
    found |= {"searchCriteria[pageSize]": size} if size else {}
    return found | ({"searchCriteria[currentPage]": page} if page else {})


@contextmanager
def sandbox(*options: str) -> Iterator[Visitor]:
    """A sandbox in a process of its own, as anybody starts it."""
    process = subprocess.Popen(
        [sys.executable, "-m", "sandbox", *options],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    assert process.stdout
    assert process.stderr
    try:
        line = process.stdout.readline()
        if not line:
            raise AssertionError(process.stderr.read())
        ready = json.loads(line)
        visitor = Visitor(ready["url"], ready["secrets"])
        yield visitor
        visitor.client.close()
    finally:
        process.terminate()
        assert process.wait(20) == 0, process.stderr.read()
        process.stdout.close()
        process.stderr.close()
