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

from ingestion import times
from ingestion.environment import PROJECT, Environment
from ingestion.lake import bucket
from storelake.athena import glue_tables, query_history
from storelake.ci import production_state
from storelake.dbt_runner import runner
from storelake.dbt_runner.runner import Progress, Result

KEEP = timedelta(hours=6)
"""How old what a run left must be for the next one to remove it: longer than any run takes."""
_MADE = "%Y%m%dt%H%M%S"
_LONGEST = 30


@dataclass(frozen=True)
class SlimEnvironment:
    """Where one run builds: databases whose names begin with `name`, and objects below a folder of that name."""

    name: str
    made: datetime

    def objects(self, environment: Environment) -> str:
        """The folder of its objects."""
        return f"{_folder(environment)}/{self.name}"

    def environment(self, production: Environment) -> Environment:
        """Production as the run sees it: the same bucket, with databases and scratch of its own."""
        return replace(production, catalog_prefix=self.name, lake=production.work / "ci" / self.name)


def new_environment(environment: Environment, label: str, now: datetime | None = None) -> SlimEnvironment:
    """A slim environment for one run, named after when it began and what is built: `pr-17`, by default the commit."""
    made = (now or times.now()).replace(microsecond=0)
    word = re.sub(r"[^a-z0-9]", "", (label or _commit()).lower())[:_LONGEST] or "run"
    return SlimEnvironment(f"{_prefix(environment)}{made:{_MADE}}_{word}", made)


def build(environment: Environment, slim_environment: SlimEnvironment, progress: Progress) -> Result:
    """Build what is others than in production and all that follows from it, unit tests too, in the slim environment.

    What it reads and does not build is production's. Raises StorelakeError where production has no state yet.
    """
    ours = slim_environment.environment(environment)
    states = ours.lake / "state"
    production_state.fetch(environment, states)
    arguments = ["build", "--defer", "--state", str(states)]
    if not production_state.has_other_variables(states):
        arguments += ["--select", "state:modified+", "--indirect-selection", "buildable"]
    variables = {
        "STORELAKE_SCHEMA": slim_environment.name,
        "STORELAKE_LANDED": environment.catalog_prefix,
        "STORELAKE_BUILT": slim_environment.objects(environment),
    }
    return runner.run(ours, arguments, progress, variables=variables)


def slim_environments(environment: Environment) -> list[SlimEnvironment]:
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
                found[one[0]] = SlimEnvironment(one[0], datetime.strptime(one[1], _MADE).replace(tzinfo=UTC))
    return sorted(found.values(), key=lambda slim_environment: slim_environment.made)


def sweep(environment: Environment, keep: timedelta = KEEP, now: datetime | None = None) -> Iterator[str]:
    """Remove what runs left that began longer ago than `keep`; the names of their bays."""
    until = (now or times.now()) - keep
    for slim_environment in slim_environments(environment):
        if slim_environment.made < until:
            remove(environment, slim_environment)
            yield slim_environment.name


def remove(environment: Environment, slim_environment: SlimEnvironment) -> None:
    """Stop what still runs in a slim environment, and remove its databases, its objects and its scratch."""
    ours = slim_environment.environment(environment)
    query_history.settle(ours, lambda said: None)
    for database in _databases():
        if database == slim_environment.name or database.startswith(f"{slim_environment.name}_"):
            _drop(database)
    bucket.delete(one.uri for one in bucket.objects(slim_environment.objects(environment)))
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
    pages = glue_tables.glue().get_paginator("get_databases").paginate()
    return [one["Name"] for page in pages for one in page["DatabaseList"]]


def _drop(database: str) -> None:
    """Take a database with its tables out of Glue; what another call has taken meanwhile is no fault."""
    gone = glue_tables.glue().exceptions.EntityNotFoundException
    with suppress(gone):
        for page in glue_tables.glue().get_paginator("get_tables").paginate(DatabaseName=database):
            for table in page["TableList"]:
                with suppress(gone):
                    glue_tables.glue().delete_table(DatabaseName=database, Name=table["Name"])
        glue_tables.glue().delete_database(Name=database)


def _prefix(environment: Environment) -> str:
    return f"{environment.catalog_prefix}_ci_"


def _folder(environment: Environment) -> str:
    return f"{environment.root}/ci"
