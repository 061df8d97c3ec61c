"""The packages' own dbt project in a folder of its own: run by dbt, and its macros called one by one."""

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import jinja2

REPOSITORY = Path(__file__).resolve().parents[3]
PACKAGES = REPOSITORY / "dbt_project" / "packages"
ROOM = Path("dbt_expectations") / "integration_tests"

_SIGNATURE = re.compile(r"{%-?\s*test\s+(\w+\s*\(.*?\))\s*-?%}", re.DOTALL)
REQUIRED = object()
"""Stands for the default of an argument that has none."""


def parsed(signature: str) -> tuple[str, dict[str, Any]]:
    """Name of a call or a macro, and its arguments with their defaults."""
    template = "{% macro " + signature + " %}{% endmacro %}"
    macro = next(jinja2.Environment().parse(template).find_all(jinja2.nodes.Macro))
    names = [argument.name for argument in macro.args]
    defaults = [REQUIRED] * (len(names) - len(macro.defaults)) + [default.as_const() for default in macro.defaults]
    return macro.name, dict(zip(names, defaults, strict=True))


def signatures(package: str) -> dict[str, dict[str, Any]]:
    """For each test of a package its arguments with their defaults, as its file declares them, without `model`."""
    found = {}
    for path in sorted((PACKAGES / package / "macros").rglob("*.sql")):
        for signature in _SIGNATURE.findall(path.read_text("utf-8")):
            name, arguments = parsed(signature)
            assert arguments.pop("model") is REQUIRED, f"{path.name}: model comes first and has no default"
            found[name] = arguments
    return found


@dataclass(frozen=True)
class Case:
    """One test of the project: of what, with which arguments, what it expects, what dbt made of it."""

    package: str
    test: str
    table: str
    arguments: dict[str, Any]
    expects: str
    has_where: bool
    status: str
    message: str
    compiled: str

    def __str__(self) -> str:
        return f"{self.test} on {self.table} {self.arguments}"


@dataclass
class PackageProject:
    """A copy of the packages below `folder`, in which dbt runs without touching the repository."""

    folder: Path
    cases: list[Case] = field(default_factory=list, repr=False)
    manifest: Any = field(default=None, repr=False)

    @classmethod
    def copy(cls, folder: Path) -> "PackageProject":
        """Copy the packages and install them in their test project."""
        ignore = shutil.ignore_patterns("dbt_packages", "target", "logs", "package-lock.yml")
        shutil.copytree(PACKAGES, folder, ignore=ignore, dirs_exist_ok=True)
        project = cls(folder)
        project._invoke("deps")
        return project

    def run(self, *arguments: str) -> None:
        """One dbt command; its tests become `cases`."""
        outcome = self._invoke(*arguments)
        assert outcome.result is not None, outcome.exception
        broken = [one for one in outcome.result.results if one.node.resource_type != "test" and one.status != "success"]
        assert not broken, "\n".join(f"{one.node.name}: {one.message}" for one in broken)
        self.cases = [_case(one) for one in outcome.result.results if one.node.resource_type == "test"]

    @contextmanager
    def cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """The tables that dbt built, through dbt's own connection: it lets nobody else open its file."""
        with self._adapter() as adapter, closing(adapter.connections.get_thread_connection().handle.cursor()) as cursor:
            yield cursor

    @contextmanager
    def macros(self) -> Iterator[Any]:
        """A function that calls a macro of a package as dbt does on DuckDB: (package, name, arguments) to its text."""
        from dbt.context.providers import generate_runtime_macro_context

        with self._adapter() as adapter:
            adapter.set_macro_resolver(self.manifest)
            adapter.set_macro_context_generator(generate_runtime_macro_context)

            def call(package: str, name: str, **arguments: Any) -> str:
                return str(adapter.execute_macro(name, project=package, kwargs=arguments)).strip()

            yield call

    @contextmanager
    def _adapter(self) -> Iterator[Any]:
        """dbt's adapter for DuckDB with a connection, loaded anew where another project's run took its place."""
        from dbt.adapters.factory import FACTORY

        if "duckdb" not in FACTORY.adapters or self.manifest is None:
            self.manifest = self._invoke("parse").result
        adapter = FACTORY.adapters["duckdb"]
        with _inside(self.folder / ROOM), adapter.connection_named("tests"):
            yield adapter

    def _invoke(self, *arguments: str) -> Any:
        from dbt.cli.main import dbtRunner

        with _inside(self.folder / ROOM):
            return dbtRunner().invoke(["--log-level", "none", "--log-level-file", "none", *arguments])


def close() -> None:
    """Let go of dbt's connections, so that its file can be read and the next test starts afresh."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.adapters.factory import reset_adapters

    DuckDBConnectionManager.close_all_connections()
    reset_adapters()


def _case(entry: Any) -> Case:
    node = entry.node
    arguments = {name: value for name, value in node.test_metadata.kwargs.items() if name != "model"}
    return Case(
        package=node.test_metadata.namespace,
        test=node.test_metadata.name,
        table=node.attached_node.split(".")[-1],
        arguments=arguments,
        expects=node.config.meta["expect"],
        has_where=node.config.where is not None,
        status=str(entry.status),
        message=entry.message or "",
        compiled=node.compiled_code or "",
    )


@contextmanager
def _inside(folder: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)
