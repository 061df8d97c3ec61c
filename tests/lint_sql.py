"""Lints SQL with sqlfluff: `python tests/lint_sql.py [files]`, without any all models and tests, by WORKERS processes.

Each has a share of the files and a dbt of its own: sqlfluff's own workers send their trees back to one process. The
trees are large and hardly have circles: looking for garbage in them takes as long as linting.
"""

import os
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
_ROOMS = ("dbt_project/models", "tests/dbt")
_LINT = """
import gc
gc.set_threshold(1_000_000, 20, 100)
from sqlfluff.cli.commands import cli
cli()
"""


def main(files: list[str], workers: int) -> int:
    """Lint the files; the exit code is the worst of all processes."""
    found = files or sorted(str(path) for room in _ROOMS for path in (REPOSITORY / room).rglob("*.sql"))
    shares = [share for share in (found[number::workers] for number in range(workers)) if share]
    processes = [_started(number, share) for number, share in enumerate(shares)]
    # A process that was killed has a negative code.
    return max(abs(process.wait()) for process in processes)


def _started(number: int, files: list[str]) -> "subprocess.Popen[bytes]":
    # dbt's templater wants a lake that nobody else has open; these stay empty.
    lake = REPOSITORY / "build" / "lint" / str(number)
    (lake / "work").mkdir(parents=True, exist_ok=True)
    variables = {
        "STORELAKE_LAKE": str(lake),
        "STORELAKE_DUCKDB_EXTENSIONS": str(REPOSITORY / ".venv" / "duckdb_extensions"),
        "DBT_TARGET_PATH": str(lake / "work" / "target"),
    }
    words = [sys.executable, "-c", _LINT, "lint", "--disable-progress-bar", *files]
    return subprocess.Popen(words, cwd=REPOSITORY, env={**os.environ, **variables})


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], int(os.environ.get("WORKERS", "2"))))
