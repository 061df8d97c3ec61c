"""The systems that can be ingested: one folder each, with its declaration, its contract and a README."""

import importlib
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ingestion.extract.files import FileEntity


@dataclass(frozen=True)
class Sample:
    """Data that ships with the project: the drop folder of `source` is filled with it on first use."""

    source: str
    archives: tuple[Path, ...]


@dataclass(frozen=True)
class FileSystem:
    """A system that drops files. The first of its `entities` answers for files that none of them recognises."""

    name: str
    entities: tuple[FileEntity, ...]
    sample: Sample | None = None
    fresh_within_days: int = 1


def load_all() -> Mapping[str, FileSystem]:
    """All systems by name, in the order of their names: each package here declares its own as `SYSTEM`."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__) if module.ispkg)
    return {name: importlib.import_module(f"{__name__}.{name}").SYSTEM for name in names}
