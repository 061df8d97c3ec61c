"""The house's directions: who may import whom, who may read whom, and what every file must keep to.

No test here has a list of exceptions.
"""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

REPOSITORY = Path(__file__).resolve().parents[2]
MODELS = REPOSITORY / "dbt_project" / "models"
MAX_MODEL_LINES = 110
ORCHESTRATORS = {"airflow", "dagster", "prefect", "luigi"}
OUTSIDE = {"sandbox", "benchmarks", "tests"}
"""Rooms that the pipeline must be able to live without."""


# ---------- imports ----------


def python_files(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (REPOSITORY / folder).rglob("*.py"))


def imports(path: Path) -> Iterator[str]:
    """The dotted names that a module imports, anywhere in it, relative ones made absolute.

    `from a import b` counts as `a.b` as well as `a`: b may be a module.
    """
    package = path.relative_to(REPOSITORY).with_suffix("").parts[:-1]
    for node in ast.walk(ast.parse(path.read_text("utf-8"), str(path))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = list(package[: len(package) - node.level + 1]) if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            yield module
            yield from (f"{module}.{name.name}" for name in node.names)
        elif isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in ("import_module", "__import__"):
            yield from (one.value for one in node.args if isinstance(one, ast.Constant) and isinstance(one.value, str))


def forbidden(folders: list[str], names: set[str]) -> list[str]:
    """Each import below `folders` of one of the (dotted) `names` or of something in them."""
    return [
        f"{path.relative_to(REPOSITORY)} imports {found}"
        for path in python_files(*folders)
        for found in imports(path)
        if any(found == name or found.startswith(f"{name}.") for name in names)
    ]


def test_ingestion_knows_neither_dbt_nor_the_command_line_nor_an_orchestrator() -> None:
    """Landing must run alone, from any scheduler: it would no longer, once it knew who calls it or who reads it."""
    assert forbidden(["ingestion"], {"dbt", "storelake"} | ORCHESTRATORS | OUTSIDE) == []


def test_the_command_line_knows_no_stand_ins() -> None:
    """The pipeline never imports the sandbox: what runs in tests is what runs in production."""
    assert forbidden(["storelake"], ORCHESTRATORS | OUTSIDE) == []


def test_extraction_knows_no_system_and_no_run() -> None:
    """Kinds of systems are general: one that knew a system, or the run it is part of, could serve no other."""
    assert forbidden(["ingestion/extract"], {"ingestion.systems", "ingestion.run", "storelake"}) == []


def test_systems_declare_and_share_nothing() -> None:
    """A system is one folder that can be added or removed alone: it uses ingestion's words, and no other system."""
    systems = [path for path in (REPOSITORY / "ingestion" / "systems").iterdir() if (path / "__init__.py").exists()]
    assert systems
    problems = []
    for system in systems:
        own = f"ingestion.systems.{system.name}"
        shared = {f"ingestion.systems.{name}" for name in ("FileSystem", "Sample")}
        for path in python_files(f"ingestion/systems/{system.name}"):
            for found in imports(path):
                top = found.split(".")[0]
                is_other = (
                    found.startswith("ingestion.systems.")
                    and found not in shared
                    and not (found + ".").startswith(own + ".")
                )
                if is_other or not (top in sys.stdlib_module_names or top in ("ingestion", "pydantic")):
                    problems.append(f"{path.relative_to(REPOSITORY)} imports {found}")
    assert problems == []


ROOMS = {
    "ingestion": (
        *(
            "errors",
            "skipped_imports",
            "times",
            "scratch",
            "environment",
            "pulls",
            "sources",
            "stores",
            "duckdb_engine",
            "aws",
            "secret_store",
        ),
        *("lake", "records", "load"),
        *("extract.http", "extract.base", "extract.formats", "extract.files", "extract.rest", "extract.xml_feed"),
        *("systems", "maintenance", "run"),
    ),
    "storelake": (
        *("interruption", "terminal", "locking", "dbt_runner", "athena", "publishing", "ci"),
        *("notify", "sandbox", "explain", "refused", "status", "report", "cli"),
    ),
}
"""The rooms of each package, and the modules beside them, from the lowest to the highest: each may import those before it."""


def room_of(module: str) -> tuple[int, str]:
    """Number and name of the room that a dotted name lies in."""
    package, _, inner = module.partition(".")
    for number, room in enumerate(ROOMS[package]):
        if (inner + ".").startswith(room + "."):
            return number, room
    raise AssertionError(f"{module} lies in no room: give it a place in ROOMS")


@pytest.mark.parametrize("package", ROOMS)
def test_rooms_import_downward_only(package: str) -> None:
    """Who changes a room has to know those below it and no other: an import upward, or in a circle, would end that."""
    problems = []
    for path in python_files(package):
        parts = path.relative_to(REPOSITORY).with_suffix("").parts
        module = ".".join(part for part in parts if part != "__init__")
        if "." not in module or module == f"{package}.extract":
            continue
        number, room = room_of(module)
        for found in imports(path):
            inner = found.startswith(f"{package}.") and found not in (f"{package}.extract",)
            if inner and room_of(found)[0] > number:
                problems.append(f"{module} ({room}) imports {found} ({room_of(found)[1]})")
    assert problems == []


# ---------- dbt's manifest ----------


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """dbt's manifest of the project, parsed once, in folders of its own."""
    from dbt.cli.main import dbtRunner

    folder = tmp_path_factory.mktemp("manifest")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STORELAKE_ENV", "dev")
        patch.setenv("STORELAKE_LAKE", str(folder / "lake"))
        patch.setenv("STORELAKE_DUCKDB_EXTENSIONS", str(folder / "extensions"))
        outcome = dbtRunner().invoke(
            [
                *("--log-level", "none", "--log-level-file", "none", "parse", "--target", "dev"),
                *("--project-dir", str(REPOSITORY / "dbt_project"), "--profiles-dir", str(REPOSITORY / "profiles")),
                *("--target-path", str(folder / "target"), "--log-path", str(folder / "logs")),
            ]
        )
    assert outcome.success, str(outcome.exception)
    return outcome.result


def layer(node: Any) -> str:
    """What a node is to others: `source`, `seed`, or the folder of a model (`stg` for silver's first step)."""
    kind = str(node.resource_type.value)
    if kind != "model":
        return kind
    room = node.fqn[1]
    if room == "gold":
        return node.fqn[2]
    return "stg" if node.name.startswith("stg_") else room


def models(manifest: Any) -> list[Any]:
    return [
        node
        for node in manifest.nodes.values()
        if node.resource_type.value == "model" and node.package_name == "storelake"
    ]


def reads(manifest: Any, model: Any) -> list[tuple[str, str]]:
    """(layer, name) of everything that a model reads."""
    found = [manifest.nodes.get(one) or manifest.sources[one] for one in model.depends_on.nodes]
    return [(layer(one), one.name) for one in found]


ALLOWED = {
    "stg": {"source"},
    "silver": {"stg", "silver", "seed"},
    "star": {"silver", "star", "seed"},
    "marts": {"star", "marts"},
    "ops": {"source", "stg", "silver", "star", "marts", "seed", "ops"},
}
"""What the models of each layer may read. Beside it, `stg_` models and silver's increments read `ops.pulls`, which tells them what is new."""


def test_data_flows_one_way(manifest: Any) -> None:
    """Nobody reads upstream: gold sees neither bronze nor one system's own words, silver no gold, marts only gold."""
    problems = []
    for model in models(manifest):
        for where, name in reads(manifest, model):
            asks_what_is_new = layer(model) == "stg" or model.config.materialized == "incremental"
            is_the_ledger = (where, name) == ("ops", "pulls") and layer(model) in ("stg", "silver") and asks_what_is_new
            if where not in ALLOWED[layer(model)] and not is_the_ledger:
                problems.append(f"{model.name} ({layer(model)}) reads {name} ({where})")
    assert problems == []


def test_every_stage_comes_before_those_who_account_for_it(manifest: Any) -> None:
    """dbt orders by what it parsed: a stage that `silver_stages` does not name would be judged a build later."""
    stages = {
        model.name
        for model in models(manifest)
        if layer(model) == "stg"
        and any(
            manifest.sources[one].source_name != "ledger" for one in model.depends_on.nodes if one in manifest.sources
        )
    }
    assert stages
    for model in models(manifest):
        if model.name in ("conservation", "silver_refusals"):
            assert stages <= {name for _, name in reads(manifest, model)}


def test_bronze_is_not_built_by_dbt(manifest: Any) -> None:
    """`models/bronze` only declares what ingestion landed: SQL there would make a second bronze."""
    assert not list((MODELS / "bronze").rglob("*.sql"))
    folders = {Path(source.original_file_path).parent.as_posix() for source in manifest.sources.values()}
    assert folders == {"models/bronze"}


def test_silver_and_gold_have_contracts(manifest: Any) -> None:
    """Columns and types of what people and later models rely on cannot change by accident."""
    loose = [
        model.name
        for model in models(manifest)
        if model.fqn[1] in ("silver", "gold") and not model.config.contract.enforced
    ]
    assert loose == []


def test_everything_is_described(manifest: Any) -> None:
    """The docs site leaves no question open: each model, seed and source and each of their columns has a text."""
    nodes = [*models(manifest), *manifest.sources.values()]
    nodes += [n for n in manifest.nodes.values() if n.resource_type.value == "seed" and n.package_name == "storelake"]
    silent = [node.name for node in nodes if not node.description.strip()]
    silent += [
        f"{node.name}.{column.name}"
        for node in nodes
        for column in node.columns.values()
        if not column.description.strip()
    ]
    silent += [
        f"{node.name} (no columns)" for node in nodes if node.resource_type.value != "source" and not node.columns
    ]
    assert silent == []


def test_one_name_from_ingestion_to_silver(manifest: Any) -> None:
    """`<system>__<entity>` is the bronze table, dbt's source and the stem of `stg_<system>__<entity>`.

    A stage of parts of a record (`stg_<system>__<entity, singular>_<parts>`) stands beside it, and a stage reads
    one entity alone.
    """
    from ingestion import systems

    declared = {
        f"{system.name}__{entity.entity}" for system in systems.load_all().values() for entity in system.entities
    }
    sources = {source.identifier for source in manifest.sources.values() if source.source_name != "ledger"}
    assert declared == sources
    read = set()
    # The ledger is no system: its stage reads `ops.pulls` alone.
    stages = [
        model for model in models(manifest) if layer(model) == "stg" and not model.name.startswith("stg_ledger__")
    ]
    for stage in stages:
        (table,) = {
            manifest.sources[name].identifier
            for name in stage.depends_on.nodes
            if name in manifest.sources and manifest.sources[name].source_name != "ledger"
        }
        stem = stage.name.removeprefix("stg_")
        assert stem == table or stem.startswith(f"{table.removesuffix('s')}_"), stage.name
        read.add(table)
    assert declared == read


# ---------- files of the dbt project ----------


def model_files() -> list[Path]:
    return sorted(MODELS.rglob("*.sql"))


def test_rows_are_of_what_a_model_reads(manifest: Any) -> None:
    """Protects what a first build leaves out: `rows_of` with a slip would leave it out for ever."""
    for node in manifest.nodes.values():
        named = set(node.config.meta.get("rows_of", []))
        parents = {manifest.nodes[parent].name for parent in node.depends_on_nodes if parent in manifest.nodes}
        assert named <= parents, node.name


def test_each_model_says_its_grain_first() -> None:
    """Whoever opens a model knows what a row is before anything else; a join that fans out contradicts it in sight."""
    silent = [path.name for path in model_files() if not path.read_text("utf-8").startswith("-- one row per ")]
    assert silent == []


def test_each_model_has_its_yml_beside_it() -> None:
    """Contract, descriptions and tests are found where the SQL is, and go when it goes."""
    alone = [path.name for path in model_files() if not path.with_suffix(".yml").exists()]
    ymls = [path for path in MODELS.rglob("*.yml") if not path.name.startswith("_")]
    assert alone == []
    assert [path.name for path in ymls if not path.with_suffix(".sql").exists()] == []


def test_models_fit_on_a_screen_or_two() -> None:
    """A model that grows past that does two things: give the second one a name of its own."""
    lengths = {path.name: len(path.read_text("utf-8").splitlines()) for path in model_files()}
    assert {name: lines for name, lines in lengths.items() if lines > MAX_MODEL_LINES} == {}


def test_a_macro_file_holds_one_macro_for_both_engines() -> None:
    """A macro is found by its file's name, and what is written for DuckDB is written for Athena.

    Materializations are dbt's own kind of macro, and each belongs to one adapter.
    """
    problems = []
    folders = [REPOSITORY / "macros", *(REPOSITORY / "dbt_project" / "packages").glob("*/macros")]
    files = [path for folder in folders for path in folder.rglob("*.sql") if path.parent.name != "materializations"]
    for path in sorted(files):
        found = re.findall(r"{%-?\s*(?:macro|test)\s+(\w+)\s*\(", path.read_text("utf-8"))
        engines = {name.split("__")[0] for name in found if "__" in name}
        if [name for name in found if "__" not in name] != [path.stem]:
            problems.append(f"{path.name}: holds {', '.join(found)}")
        if sorted(found) != sorted([path.stem, *(f"{engine}__{path.stem}" for engine in engines)]):
            problems.append(f"{path.name}: bodies that are not its own: {', '.join(found)}")
        if engines not in (set(), {"duckdb", "athena"}):
            problems.append(f"{path.name}: written for {', '.join(engines)} only")
    assert problems == []


# ---------- what is tracked ----------


@cache
def tracked() -> list[Path]:
    """The files of the repository that git knows."""
    try:
        found = subprocess.run(["git", "ls-files", "-z"], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("needs git and a checkout")
    return [path for name in found.stdout.split("\0") if name and (path := REPOSITORY / name).is_file()]


def texts(*suffixes: str) -> Iterator[tuple[str, Path, str]]:
    """(name, path, text) of the tracked text files, shipped data left out."""
    for path in tracked():
        name = path.relative_to(REPOSITORY).as_posix()
        if (suffixes and not name.endswith(suffixes)) or (name.startswith("data/") and not name.endswith(".md")):
            continue
        try:
            yield name, path, path.read_text("utf-8")
        except UnicodeDecodeError:
            continue


def test_no_file_knows_a_machine() -> None:
    """The project runs wherever it is cloned: no absolute place, no private host, no package index in any file."""
    machine = re.compile(
        r"(?<![\w.}>)*\]-])/(?:work|tmp|home|root|Users|opt|mnt)/[\w.]"
        r"|://[\w.-]+\.(?:internal|corp|lan|intranet)\b"
        r"|(?:index-url|find-links|trusted-host)\s*[=\s]\s*[\"']?https?:"
    )
    found = [
        f"{name}:{number}: {line.strip()[:100]}"
        for name, _, text in texts()
        for number, line in enumerate(text.splitlines(), 1)
        if machine.search(line)
    ]
    assert found == []


def test_the_lock_file_names_no_index() -> None:
    """`make setup` takes packages from whatever index a machine is set up for, and checks them by hash."""
    text = (REPOSITORY / "requirements.lock").read_text("utf-8")
    assert "://" not in text
    pinned = re.findall(r"^[\w.-]+(?:\[[\w,-]+\])?==\S+", text, re.MULTILINE)
    assert pinned
    assert text.count("--hash=sha256:") >= len(pinned)


def test_workflows_keep_no_secret() -> None:
    """Whoever can open a pull request can read what its jobs are given: roles come from GitHub's own tokens, which only
    the job that needs them may ask for, and never for a fork."""
    seen = 0
    for path in (REPOSITORY / ".github" / "workflows").glob("*.yml"):
        text = path.read_text("utf-8")
        workflow = yaml.safe_load(text)
        assert "secrets." not in text, path.name
        assert "pull_request_target" not in text, path.name
        assert workflow["permissions"] == {"contents": "read"}, path.name
        for name, job in workflow["jobs"].items():
            if "id-token" in job.get("permissions", {}):
                seen += 1
                assert "head.repo.full_name == github.repository" in job["if"], name
    assert seen == 1


def anchors(text: str) -> set[str]:
    """The anchors that GitHub gives to a page's headings."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def test_workflows_pin_what_they_use() -> None:
    """A tag can be moved to other code: an action is named by its commit, with the version for people beside it."""
    used = [
        (path.name, line.strip())
        for path in (REPOSITORY / ".github" / "workflows").glob("*.yml")
        for line in path.read_text("utf-8").splitlines()
        if "uses:" in line
    ]
    assert len(used) > 5
    assert [one for one in used if not re.search(r"uses: [\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$", one[1])] == []


def test_links_between_pages_lead_somewhere() -> None:
    """Each relative link in a page finds its file, and each anchor its heading."""
    broken = []
    for name, path, text in texts(".md"):
        prose = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
        for target, anchor in re.findall(r"\]\((?![a-z]+:)([^)#\s]*)(?:#([^)\s]*))?\)", prose):
            page = (path.parent / target) if target else path
            if not page.exists() or (
                anchor and page.suffix == ".md" and anchor not in anchors(page.read_text("utf-8"))
            ):
                broken.append(f"{name}: {target}{'#' if anchor else ''}{anchor}")
    assert broken == []


def commands(text: str) -> Iterator[tuple[str, str, str]]:
    """(program, first word, rest) of the calls of make and storelake in a page's code."""
    code = re.findall(r"```\w*\n(.*?)```|`([^`\n]+)`", text, re.DOTALL)
    for line in "\n".join("".join(one) for one in code).splitlines():
        command = line.split(" # ")[0]
        yield from re.findall(r"(?:^|[\s/])(make|storelake) ([a-z][\w-]*)([^;&|]*)", command)


def test_commands_in_pages_exist() -> None:
    """What README, CONTRIBUTING and docs tell people to type is there: make targets, commands and their options."""
    import typer

    from storelake.cli import app

    targets = set(re.findall(r"^([a-z-]+):", (REPOSITORY / "Makefile").read_text("utf-8"), re.MULTILINE))
    known: Any = typer.main.get_command(app)
    options = {
        name: {opt for param in command.params for opt in (*param.opts, *param.secondary_opts)} | {"--help"}
        for name, command in known.commands.items()
    }
    wrong, seen = [], 0
    for name, _, text in texts(".md"):
        for program, word, rest in commands(text):
            seen += 1
            if program == "make" and word not in targets:
                wrong.append(f"{name}: make {word}")
            if program == "storelake":
                if word not in options:
                    wrong.append(f"{name}: storelake {word}")
                    continue
                wrong += [
                    f"{name}: storelake {word} {option}"
                    for option in re.findall(r"(?<!\S)--?[a-z][a-z-]*", rest)
                    if option not in options[word]
                ]
    assert seen
    assert wrong == []


def test_settings_are_documented() -> None:
    """Each `STORELAKE_…` variable that anything reads stands in docs/operations.md, and no other."""
    setting = re.compile(r"\bSTORELAKE_[A-Z_]+\b")
    read = {
        name
        for file, _, text in texts(".py", ".yml", "Makefile")
        if file.startswith(("ingestion/", "storelake/", "profiles/", "dbt_project/", "Makefile"))
        for name in setting.findall(text)
    }
    documented = set(setting.findall((REPOSITORY / "docs" / "operations.md").read_text("utf-8")))
    assert documented == read


def test_every_system_has_a_page() -> None:
    """Each system's folder says what comes, what identifies a record, what a file states, and its oddities."""
    folders = [path.parent for path in (REPOSITORY / "ingestion" / "systems").glob("*/__init__.py")]
    assert [folder.name for folder in folders if not (folder / "README.md").exists()] == []
