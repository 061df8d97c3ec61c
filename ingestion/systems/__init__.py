"""The systems that can be ingested: one folder each, with its declaration, its contract and a README."""

import importlib
import pkgutil
from collections.abc import Mapping

from ingestion.extract.base.jobs import System


def load_all() -> Mapping[str, System]:
    """All systems by name, in the order of their names: each package here declares its own as `SYSTEM`."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__) if module.ispkg)
    return {name: importlib.import_module(f"{__name__}.{name}").SYSTEM for name in names}
