"""Pages of a shop that are far larger than they should be: read with memory that is bounded, or refused in words."""

import gzip
import json
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lakes import Lake
from shop_server import Reply, Request, Shop, serving

from ingestion.environment import PROJECT, load

MB = 1 << 20
ORDERS = "magento__orders"
# As the answer's bytes, as documents, as a column of text, and what that needs to grow: docs/reliability.md promises it.
TIMES_IN_MEMORY = 5
CONNECTIONS = 2


@pytest.fixture
def shop() -> Iterator[Shop]:
    """A shop that has no orders yet."""
    shop = Shop()
    shop.lists = {"orders": []}
    with serving(shop):
        yield shop


def order(number: int, size: int) -> dict[str, Any]:
    """An order of so many bytes, most of them in its lines."""
    line = {"item_id": number, "sku": "A-1", "qty_ordered": 1, "price": 10.5, "name": "a mug, blue, 0.3 l"}
    return {
        "entity_id": number,
        "increment_id": f"{number:09d}",
        "updated_at": "2025-01-07 10:00:00",
        "store_id": 1,
        "items": [line] * (size // len(json.dumps(line, separators=(",", ":")))),
    }


def pulled(shop: Shop, lake: Lake) -> tuple[str, int]:
    """What a run of a process of its own says of the orders, and the most memory that it had, in bytes."""
    sources = lake.folder / "sources.toml"
    sources.write_text(f'[magento.de]\nurl = "{shop.url}"\nsince = "2025-01-01"\n')
    code = f"""
        import resource
        from ingestion import run
        from ingestion.environment import load
        environment = load(dict(
            STORELAKE_LAKE={str(lake.environment.lake)!r}, STORELAKE_SUBJECT_KEY={"k" * 40!r},
            STORELAKE_SOURCES={str(sources)!r},
        ))
        (outcome,) = run.ingest(environment, ["magento"], source="de", entity="orders")
        print(outcome.error or "landed")
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
        """
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", textwrap.dedent(code)],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    said, most = done.stdout.splitlines()
    return said, int(most) * 1024


def lake_at(folder: Path) -> Lake:
    """An empty lake."""
    folder.mkdir()
    return Lake(load({"STORELAKE_LAKE": str(folder / "lake"), "STORELAKE_SUBJECT_KEY": "k" * 40}), folder / "files")


def test_a_page_of_200_mb_lands_with_bounded_memory(shop: Shop, tmp_path: Path) -> None:
    """Orders of a wholesaler may have thousands of lines: one page of them all is read, and what it costs is known."""
    most = []
    for size in (1_000, 200 * MB // 300):
        shop.lists["orders"] = [order(n, size) for n in range(1, 301)]
        lake = lake_at(tmp_path / str(size))
        said, memory = pulled(shop, lake)
        assert said == "landed"
        assert len(lake.documents(ORDERS)) == 300
        lake.check()
        most.append(memory)
    assert most[1] - most[0] < TIMES_IN_MEMORY * 200 * MB


def test_a_page_of_more_than_512_mb_is_refused(shop: Shop, tmp_path: Path) -> None:
    """Whatever little a server sends to unpack to more: the pull says so, lands nothing, and stops asking."""
    shop.lists["orders"] = [order(n, 1_000) for n in range(1, 301)]
    said, least = pulled(shop, lake_at(tmp_path / "small"))
    assert said == "landed"
    bomb = gzip.compress(b'{"items":[' + b" " * (600 * MB), 1)

    def spoil(request: Request) -> Reply | None:
        return None if request.page[1] == 1 else Reply(200, bomb, Content_Encoding="gzip")

    shop.spoil.append(spoil)
    lake = lake_at(tmp_path / "lake")
    said, memory = pulled(shop, lake)
    assert "the answer is larger than 512 MB" in said
    assert lake.bronze(ORDERS) == []
    # Each connection may have its answer twice at the same moment: the parts, and what is put together of them.
    assert memory - least < CONNECTIONS * 2 * 512 * MB
    assert len(shop.requests) < 20
    lake.check()
