"""One sandbox for all tests that only read from it, and what it answers, pulled once."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from visitor import SOURCES, Visitor, sandbox

ORDERS = 600


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the shared sandbox writes its truth and its sources."""
    return tmp_path_factory.mktemp("sandbox")


@pytest.fixture(scope="session")
def visitor(folder: Path) -> Iterator[Visitor]:
    """A visitor of a sandbox without faults, whose clock stands at the end of the data."""
    options = ("--truth", str(folder / "truth"), "--sources", str(folder / "sources.toml"))
    with sandbox("--seed", "7", "--orders", str(ORDERS), *options) as found:
        yield found


@pytest.fixture(scope="session")
def served(visitor: Visitor) -> dict[str, dict[str, list[Any]]]:
    """All documents of each source, by path."""
    return {
        source: {
            path: visitor.pull(source, path, key="id" if path in ("products", "customers/search") else "entity_id")
            for path in ("orders", "invoices", "creditmemos", "shipments", "products", "customers/search")
        }
        for source in SOURCES
    }


@pytest.fixture(scope="session")
def truth(visitor: Visitor, folder: Path) -> dict[str, list[dict[str, Any]]]:
    """The truth that the same process wrote."""
    return {path.stem: pq.read_table(path).to_pylist() for path in (folder / "truth").glob("*.parquet")}
