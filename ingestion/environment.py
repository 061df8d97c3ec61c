"""The one place that knows where the lake is and how dev differs from prod.

| variable                 | meaning                                                        | default            |
|--------------------------|----------------------------------------------------------------|--------------------|
| `STORELAKE_ENV`          | `dev` or `prod`; dbt's target follows it                       | `dev`              |
| `STORELAKE_LAKE`         | folder of the lake, or in prod a bucket, `s3://name/prefix`    | `lake` in the project |
| `STORELAKE_FOLDER`       | with a bucket: folder for drop folders and scratch space       | `lake` in the project |
| `STORELAKE_STAGING`      | with a bucket: where Athena puts results, `s3://…`             | the work group's  |
| `STORELAKE_SCHEMA`       | what the names of Glue's databases begin with                  | `storelake`        |
| `STORELAKE_SUBJECT_KEY`  | secret behind `_subject_key`, 32 characters or more            | dev makes its own  |
| `STORELAKE_SOURCES`      | file of the sources that are called    | `sources.toml` in the project |
| `STORELAKE_LANDING_MEMORY` | what DuckDB may use while landing, e.g. `96MB`               | `96MB`             |

The path of the lake, or of the folder, may have any characters but % [ ] * ? \\ # ^ | { } ' " ` and control characters.
"""

import os
import re
import secrets
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ingestion import scratch
from ingestion.errors import StorelakeError

PROJECT = Path(__file__).resolve().parent.parent
_NOT_IN_PATHS = frozenset("%[]*?\\#^|{}'\"`")
"""Delta takes a path for a URL, DuckDB for a pattern, and dbt writes it into SQL, YAML and templates."""


@dataclass(frozen=True)
class Environment:
    """Where things are. `lake` is an absolute folder; nothing is created by loading it.

    Where the lake is in a `bucket`, its tables and its archive are there, and the folder holds only what is put
    into drop folders, and scratch space.
    """

    name: str
    lake: Path
    subject_key: bytes = field(repr=False)
    landing_memory: str = "96MB"
    sources: Path = PROJECT / "sources.toml"
    bucket: str | None = None
    staging: str | None = None
    catalog_prefix: str = "storelake"
    variables: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)
    """Where dev looks for secrets."""

    @property
    def root(self) -> str:
        """Where tables and archive are: a folder, or `s3://bucket/prefix`."""
        return self.bucket or str(self.lake)

    def bronze(self, system: str, entity: str) -> str:
        """The Delta table of one entity of a system."""
        return f"{self.root}/bronze/{system}__{entity}"

    def ledger(self, table: str) -> str:
        """One of the ledger's Delta tables."""
        return f"{self.root}/ledger/{table}"

    def drop(self, system: str, source: str) -> Path:
        """The folder into which people and partners put the files of a source."""
        return self.lake / "drop" / system / source

    @property
    def raw(self) -> Path:
        """Files as they came, compressed, under their hash."""
        return self.lake / "raw"

    @property
    def work(self) -> Path:
        """Scratch space: may be deleted whenever nothing runs."""
        return self.lake / "work"

    def scratch(self) -> Path:
        """A new folder in `work`, which others leave alone for as long as this process lives."""
        return scratch.new(self.work)


def load(variables: Mapping[str, str]) -> Environment:
    """The environment that `variables` (usually `os.environ`) describe; an error names the variable that is wrong."""
    name = variables.get("STORELAKE_ENV", "dev")
    if name not in ("dev", "prod"):
        raise StorelakeError(f"STORELAKE_ENV is '{name}': it must be dev or prod.")
    place = variables.get("STORELAKE_LAKE", str(PROJECT / "lake"))
    bucket = _bucket(place, name) if "://" in place else None
    variable = "STORELAKE_FOLDER" if bucket else "STORELAKE_LAKE"
    lake = Path(variables.get(variable, str(PROJECT / "lake"))).expanduser().resolve()
    if odd := _odd(str(lake)):
        raise StorelakeError(
            f"{variable} is {str(lake)!r}: Delta, DuckDB and dbt cannot use a folder with {odd} in its path."
        )
    return Environment(
        name=name,
        lake=lake,
        subject_key=_subject_key(variables, name),
        landing_memory=variables.get("STORELAKE_LANDING_MEMORY", "96MB"),
        sources=Path(variables.get("STORELAKE_SOURCES", str(PROJECT / "sources.toml"))).expanduser().resolve(),
        bucket=bucket,
        staging=variables.get("STORELAKE_STAGING"),
        catalog_prefix=variables.get("STORELAKE_SCHEMA", "storelake"),
        variables=variables,
    )


def _odd(path: str) -> str:
    """The characters of a path that cannot be used, in words; empty where all can."""
    found = sorted(set(path) & _NOT_IN_PATHS)
    if not path.isprintable() and any(unicodedata.category(character) in ("Cc", "Cs") for character in path):
        found.append("a line break, a control character or a byte that is no UTF-8")
    return " ".join(found)


def _bucket(place: str, name: str) -> str:
    if name != "prod":
        raise StorelakeError(f"STORELAKE_LAKE is {place}: only prod (STORELAKE_ENV) has its lake in a bucket.")
    if not re.fullmatch(r"s3://[a-z0-9][a-z0-9.-]+(/[A-Za-z0-9._=-]+)*/?", place):
        raise StorelakeError(f"STORELAKE_LAKE is {place}: it must be a folder, or s3://bucket or s3://bucket/prefix.")
    return place.rstrip("/")


def _subject_key(variables: Mapping[str, str], name: str) -> bytes:
    given = variables.get("STORELAKE_SUBJECT_KEY")
    if given is not None:
        if len(given) < 32:
            raise StorelakeError("STORELAKE_SUBJECT_KEY is too short: it must have 32 characters or more.")
        return given.encode()
    if name == "prod":
        raise StorelakeError("STORELAKE_SUBJECT_KEY is not set: prod needs the secret behind _subject_key.")
    home = variables.get("XDG_CONFIG_HOME") or str(Path(variables.get("HOME", "~")).expanduser() / ".config")
    return _own_key(Path(home) / "storelake" / "subject.key")


def _own_key(path: Path) -> bytes:
    # Outside the lake, so that a copy of the lake alone cannot be turned back into people.
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    mine = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    if not path.exists():
        descriptor = os.open(mine, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_hex(32))
        try:
            os.link(mine, path)
        except FileExistsError:
            pass
        finally:
            mine.unlink()
    return path.read_text().strip().encode()
