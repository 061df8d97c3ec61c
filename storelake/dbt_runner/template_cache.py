"""dbt's templates, compiled once: what a template is in Python does not change while its text does not."""

from contextlib import suppress
from pathlib import Path
from types import CodeType
from typing import Any

from dbt_common.clients.jinja import MacroFuzzEnvironment
from jinja2 import FileSystemBytecodeCache

_FOLDER = "templates"
_MOST = 5_000
"""Files that are kept: each text that a template ever had leaves one. A build has some 700."""


def keep_compiled(target: Path) -> None:
    """Let dbt's commands in this process keep them in `target`, as Python keeps modules.

    They took a fifth of what dbt itself needs for a node. A file that is damaged, or of another version of Jinja or
    Python, is compiled anew; where none can be written, all are.
    """
    folder = target / _FOLDER
    try:
        folder.mkdir(parents=True, exist_ok=True)
        kept = list(folder.iterdir())
        if len(kept) > _MOST:
            for file in kept:
                file.unlink(missing_ok=True)
    except OSError:
        return
    cache = FileSystemBytecodeCache(str(folder), "%s")

    def compile_once(
        self: Any, source: Any, name: str | None = None, filename: str | None = None, *how: bool, **more: bool
    ) -> Any:
        if how or more or not isinstance(source, str):
            return _compile(self, source, name, filename, *how, **more)
        # Texts have no names here: the file's is a hash of it, and of the kind of environment: each makes other code.
        bucket = cache.get_bucket(self, f"{type(self).__qualname__} {name} {source}", filename, source)
        if bucket.code is None:
            bucket.code = _compile(self, source, name, filename)
            if isinstance(bucket.code, CodeType):
                with suppress(OSError):
                    cache.set_bucket(bucket)
        return bucket.code

    MacroFuzzEnvironment.compile = compile_once  # type: ignore[method-assign]


_compile: Any = MacroFuzzEnvironment.compile
