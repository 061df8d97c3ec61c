"""How many kills, and from which seed: `make faults` asks for many, `make test` takes a few."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options of `make faults`."""
    group = parser.getgroup("faults")
    group.addoption("--kills", type=int, default=None, help="kills of storelake ingest")
    group.addoption("--build-kills", type=int, default=None, help="kills of storelake build")
    group.addoption("--seed", type=int, default=None, help="where the moments come from")
    group.addoption("--only", type=int, default=None, help="only this kill, to repeat a failure")
