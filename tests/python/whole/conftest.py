"""Fixtures of whole runs: a sandbox of a test's own."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[dict[str, str]]:
    """Four shops and three feeds of 100 orders; yields the variables that lead to them."""
    command = [sys.executable, "-m", "sandbox", "--orders", "100", "--sources", str(tmp_path / "sources.toml")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said = json.loads(process.stdout.readline())
        yield said["variables"]
        process.terminate()
