"""Copies of the project that tests change, with the command line of the copy."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from ingestion.environment import PROJECT

_ROOMS = ("dbt_project", "macros", "seeds", "profiles", "tests/dbt", "storelake", "ingestion")


class Checkout:
    """A copy of the project, which a pull request may change, with its command line."""

    def __init__(self, folder: Path) -> None:
        ignore = shutil.ignore_patterns("target", "logs", "__pycache__")
        for room in _ROOMS:
            shutil.copytree(PROJECT / room, folder / room, ignore=ignore, symlinks=True)
        self.folder = folder

    def change(self, name: str, old: str, new: str) -> None:
        """Edit a model or a seed."""
        [path] = [*self.folder.glob(f"dbt_project/models/**/{name}.sql"), *self.folder.glob(f"seeds/{name}.csv")]
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new), "utf-8")

    def start(self, *words: str, **variables: str) -> "subprocess.Popen[str]":
        """One command of the copy's own code, with more variables."""
        return subprocess.Popen(
            [sys.executable, "-c", "from storelake.cli import main; main()", *words],
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": str(self.folder), **variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, *words: str, code: int = 0) -> str:
        """One command to its end; what it said."""
        process = self.start(*words)
        said, _ = process.communicate(timeout=600)
        assert process.returncode == code, said
        return said
