"""Fixtures that all tests share: a lake of their own, a drop folder to fill, and data that may be absent."""

import sys
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
# tests/python holds a folder `ingestion` too; the package must be found before it.
sys.path.insert(0, str(REPOSITORY))

from lakes import Lake  # noqa: E402

from ingestion.environment import Environment, load  # noqa: E402
from ingestion.extract.files import file_extraction  # noqa: E402

SHARED = REPOSITORY.parent / "shared"
# Folders whose files share what is made once for all of them, and folders that hold most of the time.
_TOGETHER = ("packages", "sandbox")
_SLOW = ("whole", "faults", "packages", "sandbox")


def pytest_addoption(parser: pytest.Parser) -> None:
    """What `make faults` says: how much to break; by default, little."""
    group = parser.getgroup("faults")
    group.addoption("--kills", type=int, default=8, help="kills of storelake ingest")
    group.addoption("--build-kills", type=int, default=1, help="kills of storelake build")
    group.addoption("--signals", type=int, default=10, help="signals and failures in all commands")
    group.addoption("--seed", type=int, default=None, help="where the moments come from")
    group.addoption("--only", type=int, default=None, help="only the kill of this number, to repeat a failure")


def pytest_configure(config: pytest.Config) -> None:
    """Name the marks that tests here carry."""
    config.addinivalue_line("markers", "large: reads a whole data set; leave it out with -m 'not large'")


# A wrapper begins before xdist's own hook, which reads the groups.
@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> Generator[None, object, object]:
    """For `make test`, which runs on several cores: what shares fixtures stays together, the longest come first.

    Where xdist heeds no groups (it does not with pytest 9.2), everything shared would be made twice: that is an error.
    """
    for item in items:
        item.add_marker(pytest.mark.xdist_group(_group(item)))
    items.sort(key=lambda item: (not _is_long(item), item.path.parent.name not in _SLOW))
    result = yield
    if getattr(config.option, "loadgroup", False) and not all("@" in item.nodeid for item in items):
        raise pytest.UsageError("xdist does not keep groups of tests together with this version of pytest")
    return result


def _group(item: pytest.Item) -> str:
    if _is_long(item):
        return item.name
    folder = item.path.parent.name
    return folder if folder in _TOGETHER else item.path.stem


def _is_long(item: pytest.Item) -> bool:
    return item.get_closest_marker("long") is not None


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    """An empty lake of this test's own, with a fixed key for persons."""
    return load({"STORELAKE_LAKE": str(tmp_path / "lake"), "STORELAKE_SUBJECT_KEY": "k" * 40})


@pytest.fixture
def lake(environment: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lake]:
    """The same with a folder of files of the source `shop`, whose files are never too young to be read.

    Whatever a test did to it, its books must balance at the end.
    """
    monkeypatch.setattr(file_extraction, "SETTLE_SECONDS", 0.0)
    lake = Lake(environment, tmp_path / "files")
    yield lake
    lake.check()


@pytest.fixture(scope="session")
def shared() -> Callable[..., Path]:
    """Paths in `../shared`, the data that is not part of the project; skips where it is absent."""

    def path(*parts: str) -> Path:
        found = SHARED.joinpath(*parts)
        if not found.exists():
            pytest.skip(f"needs {'/'.join(['../shared', *parts])}, which is not part of the project")
        return found

    return path
