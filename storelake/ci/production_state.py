"""Production's state: the project as the last green build had it, for whoever asks what a change makes others."""

import io
import tarfile
from pathlib import Path
from typing import Any

import yaml

from ingestion.environment import Environment
from ingestion.errors import StorelakeError
from ingestion.lake import bucket
from storelake.dbt_runner import runner

_MANIFEST = "manifest.json"
_PROJECT = "dbt_project.yml"


def keep(environment: Environment) -> None:
    """Put what dbt has just built, all of it and green, beside the published sets.

    Manifest and project are one object: neither is ever there with another one's.
    """
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz", compresslevel=1) as tar:
        tar.add(runner.target(environment) / _MANIFEST, _MANIFEST)
        tar.add(runner.FOLDER / _PROJECT, _PROJECT)
    bucket.write(_uri(environment), packed.getvalue())


def is_kept(environment: Environment) -> bool:
    """Whether a build of everything was ever green."""
    return bucket.has(_uri(environment))


def fetch(environment: Environment, folder: Path) -> None:
    """Fetch it into a folder, as dbt's `--state` wants it. Raises StorelakeError where nothing was built yet."""
    if not is_kept(environment):
        raise StorelakeError(
            f"{environment.root} has no state of a green build: run storelake build there, all of it, once."
        )
    folder.mkdir(parents=True, exist_ok=True)
    with tarfile.open(fileobj=io.BytesIO(bucket.read(_uri(environment)))) as tar:
        tar.extractall(folder, filter="data")


def has_other_variables(folder: Path) -> bool:
    """Whether the project's variables are others than they were: dbt does not compare them; any model may read one."""
    return bool(_variables(folder / _PROJECT) != _variables(runner.FOLDER / _PROJECT))


def _variables(project: Path) -> Any:
    return yaml.safe_load(project.read_text("utf-8")).get("vars")


def _uri(environment: Environment) -> str:
    return f"{environment.root}/state/state.tar.gz"
