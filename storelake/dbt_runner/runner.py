"""dbt in this process: started once, told where the lake is, its events turned into progress and plain words."""

import itertools
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from ingestion.environment import PROJECT, Environment
from storelake.dbt_runner import duckdb_extensions
from storelake.dbt_runner.affected_models import Changes, affected

FOLDER = PROJECT / "dbt_project"
_FAILED = ("fail", "error", "runtime error")
# Columns whose values may be somebody's: never shown, whatever test failed.
_PERSONAL = ("customer_id", "customer_number", "description", "document", "_document", "name")
# The project's own generic tests show keys and names of columns.
_WITHOUT_VALUES = ("one_row_per", "related")


@dataclass(frozen=True)
class Node:
    """One node of a run: its name, its kind (model, seed, test …), how it ended and how long it took."""

    name: str
    kind: str
    status: str
    seconds: float
    message: str = ""
    description: str = ""
    compiled: str = ""
    is_about_persons: bool = False
    """Whether a generic test looks at values that may be somebody's: it may show them under names of its own."""
    identity: str = ""
    """dbt's unique name of it: model.storelake.dim_date."""
    max_scan_mb: float | None = None
    """What its statements may scan together, in millions of bytes, as its `meta` says."""


@dataclass
class Result:
    """What a dbt command did; `failed` holds the nodes that stopped it, `error` what kept it from running at all."""

    nodes: list[Node] = field(default_factory=list)
    error: str | None = None
    invocation: str = ""
    """dbt's own name of the run."""
    said: list[str] = field(default_factory=list)
    """What the project's hooks tell people: which tables are built anew, and why."""

    @property
    def failed(self) -> list[Node]:
        """Tests that failed and models that could not be built."""
        return [node for node in self.nodes if node.status in _FAILED]

    @property
    def is_green(self) -> bool:
        """True where nothing failed."""
        return self.error is None and not self.failed

    def count(self, kind: str, *statuses: str) -> int:
        """How many nodes of a kind ended so."""
        return sum(node.kind == kind and node.status in statuses for node in self.nodes)


Progress = Callable[[str, int, int], None]
"""Called with the name of a node that has ended, its number and how many there are."""


def run(
    environment: Environment,
    arguments: Sequence[str],
    progress: Progress = lambda name, n, of: None,
    *,
    parsed: Any = None,
    changes: Changes | None = None,
    variables: Mapping[str, str] = MappingProxyType({}),
) -> Result:
    """Run one dbt command on the environment's target. Never raises for what a model or a test does.

    `parsed` is what `parse` returned; without it, dbt reads the project first. With it, `changes` may say what the
    command is about; what is left out then and was never made becomes empty tables. `variables` are the profile's,
    where they are to be others than the environment's.
    """

    invocations = set()
    said = []

    def on_event(event: Any) -> None:
        invocations.add(event.info.invocation_id)
        if event.info.name == "JinjaLogInfo":
            said.append(event.data.msg)
        if event.info.name in ("LogModelResult", "LogTestResult", "LogSeedResult", "LogNodeResult"):
            data = event.data
            # Tests call their total otherwise than models do.
            progress(data.node_info.node_name, data.index, getattr(data, "total", 0) or getattr(data, "num_models", 0))

    environment.work.mkdir(parents=True, exist_ok=True)
    if parsed is not None and changes is not None:
        arguments = [*arguments, "--select", *affected(parsed, changes), "--indirect-selection", "eager"]
        variables = {**variables, "STORELAKE_LEFT_OUT": "empty"}
    # The manifest was written when it was parsed: here it would cost half a second, and say the same.
    is_quick = parsed is not None and not environment.bucket
    outcome = _invoke(environment, [*["--no-write-json"] * is_quick, *arguments], parsed, on_event, variables)
    results = getattr(outcome.result, "results", None) or []
    if is_quick and results:
        outcome.result.write(str(target(environment) / "run_results.json"))
    result = Result([_node(entry) for entry in results], invocation=max(invocations, default=""), said=said)
    if not outcome.success and not result.failed:
        # What went wrong between two nodes is no node's status.
        result.error = str(outcome.exception or "dbt ended without success, and named no node that failed").strip()
    return result


def parse(environment: Environment) -> Any:
    """The project as dbt reads it, for `run`; None where it cannot be read, which `run` then tells."""
    parsed = _invoke(environment, ["--no-write-json", "parse"], None, lambda event: None).result
    for node in parsed.nodes.values() if parsed else ():
        # dbt keeps the folder as it was typed when it last read the seed: relative, or where the project was once.
        if node.resource_type == "seed" and node.package_name == parsed.metadata.project_name:
            node.root_path = str(FOLDER)
    return parsed


def target(environment: Environment) -> Path:
    """Where dbt keeps what it has parsed and compiled, and its results.

    That of the usual lake is dbt's own, which `dbt` typed by hand shares; any other lake has one among its scratch,
    so that builds of two lakes from one checkout do not meet.
    """
    if said := os.environ.get("DBT_TARGET_PATH"):
        return FOLDER / said
    return FOLDER / "target" if _is_usual(environment) else environment.work / "target"


def _is_usual(environment: Environment) -> bool:
    """Whether the profile has by default what this environment says."""
    extensions_are_usual = PROJECT / ".venv" / duckdb_extensions.FOLDER.name == duckdb_extensions.FOLDER
    return environment.name == "dev" and environment.root == str(PROJECT / "lake") and extensions_are_usual


def _invoke(
    environment: Environment,
    arguments: Sequence[str],
    parsed: Any,
    on_event: Callable[[Any], None],
    variables: Mapping[str, str] = MappingProxyType({}),
) -> Any:
    folders = ["--project-dir", str(FOLDER), "--profiles-dir", str(PROJECT / "profiles")]
    folders += ["--target-path", str(target(environment))]
    quiet = ["--log-level", "none", "--log-level-file", "none"]
    with _variables(environment, variables):
        outcome = _runner(target(environment))(manifest=parsed, callbacks=[on_event]).invoke(
            [*quiet, *arguments, *folders]
        )
        _close()
    return outcome


def _runner(folder: Path) -> Any:
    from mashumaro.config import BaseConfig  # noqa: PLC0415

    # What reads and writes dbt's classes is made when it is needed: for most of them never, which saves half a second.
    BaseConfig.lazy_compilation = True
    from dbt.cli.main import dbtRunner  # noqa: PLC0415 (two seconds that only some commands need)

    from storelake.dbt_runner.events import leave_out_debugging  # noqa: PLC0415
    from storelake.dbt_runner.scheduling import longest_chain_first  # noqa: PLC0415
    from storelake.dbt_runner.template_cache import keep_compiled  # noqa: PLC0415

    leave_out_debugging()
    longest_chain_first()
    keep_compiled(folder)
    return dbtRunner


def failing_rows(environment: Environment, node: Node, limit: int = 5) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Some rows that broke a test, without columns that may hold personal values."""
    import duckdb  # noqa: PLC0415

    if not node.compiled or node.is_about_persons or environment.name != "dev":
        return [], []
    settings: dict[str, Any] = {"extension_directory": str(duckdb_extensions.FOLDER)}
    with duckdb.connect(str(work_file(environment)), read_only=True, config=settings) as database:
        try:
            found = database.execute(f"select * from ({node.compiled}) limit {limit}")
        except duckdb.Error:
            return [], []
        names = [column[0] for column in found.description or []]
        shown = [number for number, name in enumerate(names) if name not in _PERSONAL]
        return [names[n] for n in shown], [tuple(row[n] for n in shown) for row in found.fetchall()]


def work_file(environment: Environment) -> Path:
    """The DuckDB file that dbt builds in."""
    return environment.work / "storelake.duckdb"


@contextmanager
def _variables(environment: Environment, more: Mapping[str, str]) -> Iterator[None]:
    """What the profile reads from the environment, in the folder where its relative places hold.

    What is as the profile has it by default is not named: dbt parses everything anew where a variable changes, so
    `dbt build` typed by hand and this command share what was parsed.
    """
    is_usual = _is_usual(environment)
    wanted: dict[str, str | None] = {
        "STORELAKE_ENV": environment.name if environment.name != "dev" else None,
        "STORELAKE_LAKE": None if is_usual else environment.root,
        "STORELAKE_DUCKDB_EXTENSIONS": None if is_usual else str(duckdb_extensions.FOLDER),
        **more,
    }
    before = {name: os.environ.get(name) for name in wanted}
    folder = Path.cwd()
    _set(wanted)
    os.chdir(FOLDER)
    try:
        yield
    finally:
        os.chdir(folder)
        _set(before)


def _set(variables: Mapping[str, str | None]) -> None:
    for name, value in variables.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


def _close() -> None:
    """Close dbt-duckdb's file, so that it is written out and can be copied."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager  # noqa: PLC0415
    from dbt.adapters.factory import reset_adapters  # noqa: PLC0415

    DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]
    reset_adapters()  # type: ignore[no-untyped-call]


def _first_comment(code: str) -> str:
    """What a singular test says of itself: the comment lines that it begins with."""
    said = itertools.takewhile(lambda line: line.startswith("--"), code.strip().splitlines())
    return " ".join(line.removeprefix("--").strip() for line in said)


def _node(entry: Any) -> Node:
    return Node(
        name=entry.node.name,
        kind=str(entry.node.resource_type.value),
        status=str(entry.status.value),
        seconds=entry.execution_time,
        message=entry.message or "",
        description=entry.node.description.strip() or _first_comment(getattr(entry.node, "raw_code", "")),
        compiled=getattr(entry.node, "compiled_code", None) or "",
        is_about_persons=_is_about_persons(entry.node),
        identity=entry.node.unique_id,
        max_scan_mb=getattr(entry.node.config, "meta", {}).get("max_scan_mb"),
    )


def _is_about_persons(node: Any) -> bool:
    test = getattr(node, "test_metadata", None)
    if test is None or test.name in _WITHOUT_VALUES:
        return False
    return not set(_PERSONAL).isdisjoint(re.findall(r"\w+", str(test.kwargs)))
