"""Slim CI: what a change makes others is built on Athena, beside production and of its data, and removed again.

Everything of one run carries its name, and the name when it was made: databases begin with it, and its objects lie
below `<lake>/ci/<name>/`. So what a run left that was killed is found by the next one, and nothing else is.
"""

import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from ingestion import bucket, times
from ingestion.environment import PROJECT, Environment
from storelake import dbt, history, state, warehouse
from storelake.dbt import Progress, Result

KEEP = timedelta(hours=6)
"""How old what a run left must be for the next one to remove it: longer than any run takes."""
_MADE = "%Y%m%dt%H%M%S"
_LONGEST = 30


@dataclass(frozen=True)
class Bay:
    """Where one run builds: databases whose names begin with `name`, and objects below a folder of that name."""

    name: str
    made: datetime

    def objects(self, environment: Environment) -> str:
        """The folder of its objects."""
        return f"{_folder(environment)}/{self.name}"

    def environment(self, production: Environment) -> Environment:
        """Production as the run sees it: the same bucket, with databases and scratch of its own."""
        return replace(production, catalog_prefix=self.name, lake=production.work / "ci" / self.name)


def new_bay(environment: Environment, label: str, now: datetime | None = None) -> Bay:
    """A bay for one run, named after when it began and what is built (`pr-17`; the commit, where nothing is said)."""
    made = (now or times.now()).replace(microsecond=0)
    word = re.sub(r"[^a-z0-9]", "", (label or _commit()).lower())[:_LONGEST] or "run"
    return Bay(f"{_prefix(environment)}{made:{_MADE}}_{word}", made)


def build(environment: Environment, bay: Bay, progress: Progress) -> Result:
    """Build what is others than in production and all that follows from it, unit tests too, in the bay.

    What it reads and does not build is production's. Raises StorelakeError where production has no state yet.
    """
    ours = bay.environment(environment)
    states = ours.lake / "state"
    state.fetch(environment, states)
    arguments = ["build", "--defer", "--state", str(states)]
    if not state.has_other_variables(states):
        arguments += ["--select", "state:modified+", "--indirect-selection", "buildable"]
    variables = {
        "STORELAKE_SCHEMA": bay.name,
        "STORELAKE_LANDED": environment.catalog_prefix,
        "STORELAKE_BUILT": bay.objects(environment),
    }
    return dbt.run(ours, arguments, progress, variables=variables)


def bays(environment: Environment) -> list[Bay]:
    """What runs have left, or have in use, the oldest first: as databases or as objects."""
    shape = re.compile(re.escape(_prefix(environment)) + r"(\d{8}t\d{6})_[a-z0-9]+")
    folder = f"{_folder(environment)}/"
    # A database has a model's schema behind that, a folder nothing.
    said = [shape.match(name) for name in _databases()]
    said += [shape.fullmatch(one.uri.removeprefix(folder).split("/")[0]) for one in bucket.objects(folder)]
    found = {}
    for one in said:
        if one:
            with suppress(ValueError):
                found[one[0]] = Bay(one[0], datetime.strptime(one[1], _MADE).replace(tzinfo=UTC))
    return sorted(found.values(), key=lambda bay: bay.made)


def sweep(environment: Environment, keep: timedelta = KEEP, now: datetime | None = None) -> Iterator[str]:
    """Remove what runs left that began longer ago than `keep`; the names of their bays."""
    until = (now or times.now()) - keep
    for bay in bays(environment):
        if bay.made < until:
            remove(environment, bay)
            yield bay.name


def remove(environment: Environment, bay: Bay) -> None:
    """Stop what still runs in a bay, and remove its databases, its objects and its scratch."""
    ours = bay.environment(environment)
    history.settle(ours, lambda said: None)
    for database in _databases():
        if database == bay.name or database.startswith(f"{bay.name}_"):
            _drop(database)
    bucket.delete(one.uri for one in bucket.objects(bay.objects(environment)))
    shutil.rmtree(ours.lake, ignore_errors=True)


def changed(result: Result) -> Sequence[str]:
    """The names of the models and seeds that a run built, in their order: who ends first is chance."""
    return sorted(node.name for node in result.nodes if node.kind in ("model", "seed"))


def _commit() -> str:
    try:
        words = ["git", "rev-parse", "--short=12", "HEAD"]
        return subprocess.run(words, cwd=PROJECT, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return ""


def _databases() -> list[str]:
    pages = warehouse.glue().get_paginator("get_databases").paginate()
    return [one["Name"] for page in pages for one in page["DatabaseList"]]


def _drop(database: str) -> None:
    """Take a database with its tables out of Glue; what another call has taken meanwhile is no fault."""
    gone = warehouse.glue().exceptions.EntityNotFoundException
    with suppress(gone):
        for page in warehouse.glue().get_paginator("get_tables").paginate(DatabaseName=database):
            for table in page["TableList"]:
                with suppress(gone):
                    warehouse.glue().delete_table(DatabaseName=database, Name=table["Name"])
        warehouse.glue().delete_database(Name=database)


def _prefix(environment: Environment) -> str:
    return f"{environment.catalog_prefix}_ci_"


def _folder(environment: Environment) -> str:
    return f"{environment.root}/ci"
