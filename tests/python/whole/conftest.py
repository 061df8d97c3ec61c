"""Fixtures of whole runs: a sandbox of a test's own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from storelake.sandbox import running


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[dict[str, str]]:
    """Four shops and three feeds of 100 orders; yields the variables that lead to them."""
    with running(["--orders", "100", "--sources", str(tmp_path / "sources.toml")]) as ready:
        yield ready.variables
