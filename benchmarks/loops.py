"""`python -m benchmarks.loops orders|feed OUT`: the plain loops that pulls are measured against.

Each fetches and reads what storelake does, validates and hashes each record, and writes it to parquet. It keeps no
ledger, no quarantine and no archive, compares with nothing, and begins anew where anything is wrong.
"""

import hashlib
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import urllib3
from lxml import etree
from pydantic import BaseModel

from ingestion import environment, sources
from ingestion.extract.http.client import Signer, authentication

PAGE_SIZE = 300
ROW_GROUP = 8_192
ROW_GROUP_BYTES = 8 << 20
SCHEMA = pa.schema([(name, pa.string()) for name in ("source", "key", "hash", "updated_at", "document")])

Row = tuple[str, str, str, str | None, str]


class Order(BaseModel):
    """What the loop needs of an order."""

    entity_id: int
    increment_id: str
    store_id: int
    updated_at: datetime
    items: list[Any]


class Item(BaseModel):
    """What the loop needs of an item of a feed."""

    sku: str
    location: str


def orders() -> Iterator[Row]:
    """The orders of each declared source, by weeks and pages."""
    where = environment.load(os.environ)
    for name, shop in sources.read(where.sources, "magento", sources.RestSource).items():
        ask = partial(
            _answer, urllib3.PoolManager(), authentication(where, shop.secret), f"{shop.url}/rest/all/V1/orders"
        )
        newest = ask(_criteria([], 1, 1, "DESC"))["items"][0]["updated_at"]
        start = datetime.combine(shop.since or date(2025, 1, 1), datetime.min.time(), UTC)
        end = datetime.fromisoformat(newest).replace(tzinfo=UTC) + timedelta(seconds=1)
        for first, last in _weeks(start, end):
            yield from _window(ask, name, first, last)


def _answer(pool: urllib3.PoolManager, sign: Signer | None, url: str, parameters: dict[str, str]) -> dict[str, Any]:
    """What a page holds, asked for as storelake does."""
    url = f"{url}?{urlencode(parameters, quote_via=quote)}"
    answer = pool.request("GET", url, headers={"Authorization": sign(url)} if sign else {}, timeout=60)
    if answer.status != HTTPStatus.OK:
        raise SystemExit(f"{url} answered {answer.status}")
    found: dict[str, Any] = orjson.loads(answer.data)
    return found


def _window(ask: Callable[[dict[str, str]], Any], source: str, first: datetime, last: datetime) -> Iterator[Row]:
    conditions = [("gteq", f"{first:%Y-%m-%d %H:%M:%S}"), ("lt", f"{last:%Y-%m-%d %H:%M:%S}")]
    page = read = 0
    total = 1
    while read < total:
        page += 1
        body = ask(_criteria(conditions, page, PAGE_SIZE, "ASC"))
        total = body["total_count"]
        for document in body["items"]:
            order = Order.model_validate(document)
            text = orjson.dumps(document, option=orjson.OPT_SORT_KEYS)
            yield source, str(order.entity_id), _digest(text), document["updated_at"], text.decode()
        read += len(body["items"]) or total


def _criteria(conditions: list[tuple[str, str]], page: int, size: int, direction: str) -> dict[str, str]:
    found = {"searchCriteria[pageSize]": str(size), "searchCriteria[currentPage]": str(page)}
    for number, (kind, value) in enumerate(conditions):
        place = f"searchCriteria[filter_groups][{number}][filters][0]"
        found |= {f"{place}[field]": "updated_at", f"{place}[condition_type]": kind, f"{place}[value]": value}
    for number, name in enumerate(("updated_at", "entity_id")):
        place = f"searchCriteria[sortOrders][{number}]"
        found |= {f"{place}[field]": name, f"{place}[direction]": direction}
    return found


def _weeks(start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    monday = start.replace(hour=0, minute=0, second=0) - timedelta(days=start.weekday())
    while start < end:
        monday += timedelta(weeks=1)
        yield start, min(monday, end)
        start = monday


def feed() -> Iterator[Row]:
    """The items of each declared feed of plain stock."""
    where = environment.load(os.environ)
    for name, declared in sources.read(where.sources, "stock_feed", sources.FeedSource).items():
        with (where.sources.parent / declared.url).open("rb") as file:
            for _, element in etree.iterparse(file, tag="item", resolve_entities=False, no_network=True):
                document = {**element.attrib, **{child.tag: child.text for child in element}}
                item = Item.model_validate(document)
                text = orjson.dumps(document, option=orjson.OPT_SORT_KEYS)
                yield name, f"{item.location}/{item.sku}", _digest(text), None, text.decode()
                element.clear()
                while element.getprevious() is not None:
                    del element.getparent()[0]


def _digest(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()[:32]


def write(rows: Iterable[Row], path: Path) -> int:
    """Write rows to parquet, a row group at a time; how many there were."""
    count = 0
    with pq.ParquetWriter(path, SCHEMA, compression="zstd", compression_level=1) as writer:
        waiting: list[Row] = []
        size = 0
        for row in rows:
            waiting.append(row)
            size += len(row[4])
            count += 1
            if len(waiting) == ROW_GROUP or size >= ROW_GROUP_BYTES:
                writer.write_table(_table(waiting))
                waiting, size = [], 0
        if waiting:
            writer.write_table(_table(waiting))
    return count


def _table(rows: list[Row]) -> pa.Table:
    return pa.table([pa.array(column, pa.string()) for column in zip(*rows, strict=True)], schema=SCHEMA)


def main() -> None:
    """Run one loop, and print how many records it wrote."""
    what, out = sys.argv[1:]
    print(write(orders() if what == "orders" else feed(), Path(out)))


if __name__ == "__main__":
    main()
