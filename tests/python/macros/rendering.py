"""The project's macros as SQL text for one engine, without starting dbt."""

import re
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import jinja2

MACROS = Path(__file__).parents[3] / "macros"


def macro_files() -> list[Path]:
    """The files that hold one macro each; materializations are a tag of dbt's own."""
    return sorted(path for path in MACROS.rglob("*.sql") if path.parent.name != "materializations")


class Macros:
    """Call one like a function: ``Macros("duckdb")("add_days", "day", "1")``."""

    def __init__(self, engine: str) -> None:
        self.engine = engine
        environment = jinja2.Environment(extensions=["jinja2.ext.do"])
        environment.globals.update({"adapter": self, "return": lambda value: value, "modules": SimpleNamespace(re=re)})
        texts = (path.read_text(encoding="utf-8") for path in macro_files())
        self.module = environment.from_string("\n".join(texts)).module

    def dispatch(self, name: str) -> Callable[..., str]:
        """Stand in for dbt's adapter, which picks the engine's body."""
        return getattr(self.module, f"{self.engine}__{name}")

    def __call__(self, name: str, *arguments: object) -> str:
        return str(getattr(self.module, name)(*arguments)).strip()
