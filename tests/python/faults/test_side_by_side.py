"""Side by side: builds that take turns, ingestion during a build, and a reader of gold through all of it."""

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import duckdb
import pytest
from worlds import Files, Rates

from ingestion.environment import PROJECT, Environment
from ingestion.errors import StorelakeError
from storelake.dbt_runner import duckdb_extensions, runner
from storelake.locking.build_lock import build_lock

STORELAKE = Path(sys.executable).with_name("storelake")


def command(lake: Path, *arguments: str, **more: str) -> subprocess.Popen[str]:
    """The command line in a process of its own."""
    variables = {**os.environ, "STORELAKE_LAKE": str(lake), "STORELAKE_SUBJECT_KEY": "k" * 40, **more}
    return subprocess.Popen(
        [str(STORELAKE), *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=variables
    )


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Exit code and all that was printed; nobody waits for ever."""
    out, err = process.communicate(timeout=600)
    return process.returncode, out + err


def test_who_builds_second_waits_and_says_for_whom(environment: Environment) -> None:
    """One at a time, in turn; whoever waits names the process it waits for, once."""
    said: list[str] = []
    order: list[str] = []
    holds = threading.Event()

    def first() -> None:
        with build_lock(environment, said.append):
            holds.set()
            time.sleep(1.2)
            order.append("first")

    thread = threading.Thread(target=first)
    thread.start()
    holds.wait()
    with build_lock(environment, said.append):
        order.append("second")
    thread.join()
    assert order == ["first", "second"]
    assert len(said) == 1
    assert f"process {os.getpid()} on " in said[0]


def test_waiting_is_bounded(environment: Environment) -> None:
    """A build that hangs does not hang all that come after it."""
    with (
        build_lock(environment, print),
        pytest.raises(StorelakeError, match=f"process {os.getpid()} .* still builds"),
        build_lock(environment, lambda text: None, wait_seconds=0.1),
    ):
        pass


def test_who_was_killed_keeps_nobody_waiting(environment: Environment) -> None:
    """The turn ends with its process, however that ends."""
    code = (
        "import os, signal; from ingestion.environment import load; from storelake.locking.build_lock import turn\n"
        "with turn(load(os.environ), print): os.kill(os.getpid(), signal.SIGKILL)"
    )
    variables = {**os.environ, "STORELAKE_LAKE": str(environment.lake), "STORELAKE_SUBJECT_KEY": "k" * 40}
    subprocess.run([sys.executable, "-c", code], env=variables, check=False)
    with build_lock(environment, lambda text: pytest.fail(text), wait_seconds=0.0):
        pass


def test_builds_of_two_lakes_at_once_do_not_meet(tmp_path: Path) -> None:
    """Protects who has several lakes and one checkout: what dbt parses, compiles and tells of a lake lies in that lake,
    and what `make setup` parsed for the usual one stays as it is."""
    usual = _state(runner.FOLDER / "target")
    lakes = [tmp_path / name for name in ("one", "other")]
    builds = [command(lake, "build", "-s", "stores") for lake in lakes]
    for lake, build in zip(lakes, builds, strict=True):
        code, said = ended(build)
        assert code == 0, said
        target = lake / "work" / "target"
        parsed = (target / "partial_parse.msgpack").read_bytes()
        assert [str(one).encode() in parsed for one in lakes] == [one == lake for one in lakes]
        results = json.loads((target / "run_results.json").read_text())["results"]
        assert "seed.storelake.stores" in {one["unique_id"] for one in results}
    assert _state(runner.FOLDER / "target") == usual


def _state(folder: Path) -> dict[Path, tuple[int, int]]:
    return {path: (path.stat().st_mtime_ns, path.stat().st_size) for path in folder.rglob("*") if path.is_file()}


def test_what_dbt_parsed_elsewhere_does_not_lead_a_build_astray(tmp_path: Path) -> None:
    """Protects `dbt` typed by hand in the project's root: dbt keeps folders as they were typed, and a build from
    what it parsed must find the seeds all the same. `DBT_TARGET_PATH` is what people say it is."""
    lake, target = tmp_path / "lake", tmp_path / "target"
    mine = {"DBT_TARGET_PATH": str(target), "STORELAKE_DUCKDB_EXTENSIONS": str(duckdb_extensions.FOLDER)}
    subprocess.run(
        [
            str(STORELAKE.with_name("dbt")),
            "--quiet",
            "parse",
            "--project-dir",
            "dbt_project",
            "--profiles-dir",
            "profiles",
        ],
        cwd=PROJECT,
        env={**os.environ, "STORELAKE_LAKE": str(lake), **mine},
        check=True,
    )
    parsed = (target / "partial_parse.msgpack").read_bytes()
    assert b"root_path\xabdbt_project" in parsed, "dbt keeps seeds' folder otherwise now: is this test of any use?"
    code, said = ended(command(lake, "build", "-s", "stores", **mine))
    assert code == 0, said
    assert (target / "partial_parse.msgpack").read_bytes() == parsed
    assert not (lake / "work" / "target").exists()


@pytest.mark.whole
def test_two_builds_an_ingestion_and_a_reader_at_once(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """Protects who reads gold: each look shows the old or the new whole, an open connection goes on, all ends equal."""
    if request.config.getoption("--kills") <= 20:
        pytest.skip("takes minutes: make faults runs it")
    lake = tmp_path / "lake"
    for world in (Files(), Rates()):
        world.phase(0, lake)
        assert ended(command(lake, *world.arguments))[0] == 0
    code, said = ended(command(lake, "build"))
    assert code == 0, said
    published = lake / "storelake.duckdb"
    query = "select count(*), sum(quantity) from gold.fct_order_lines"
    opened = duckdb.connect(str(published), read_only=True)

    def look() -> str:
        # A process that has a DuckDB file open under one path gets the same one again: look through another.
        code = f"import duckdb; print(duckdb.connect({str(published)!r}, read_only=True).execute({query!r}).fetchall())"
        return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()

    before = look()
    seen = [before]
    over = threading.Event()

    def read() -> None:
        while not over.is_set():
            seen.append(look())
            if str(opened.execute(query).fetchall()) != before:
                seen.append("an open connection must go on with what it has")

    reader = threading.Thread(target=read)
    reader.start()
    for world in (Files(), Rates()):
        world.phase(1, lake)
    # Lines land before, rates meanwhile: so lines are as they were or as they will be, and nothing between.
    assert ended(command(lake, *Files().arguments))[0] == 0
    processes = [command(lake, "build"), command(lake, "build"), command(lake, *Rates().arguments)]
    ends = [ended(process) for process in processes]
    assert [code for code, _ in ends] == [0, 0, 0], ends
    assert sum("Waiting for process" in said for _, said in ends) == 1
    code, said = ended(command(lake, "build"))
    assert code == 0, said
    over.set()
    reader.join()
    final = look()
    assert set(seen) <= {before, final}
    assert before != final
