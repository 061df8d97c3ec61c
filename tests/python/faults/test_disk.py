"""A disk that is full or read-only while silver and gold are built: said in words, nothing torn, and no harm done."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from harness import SUBJECT_KEY, differences, launcher, tables
from worlds import Files

from ingestion.environment import load
from ingestion.errors import StorelakeError, explain
from storelake.dbt_runner import runner
from storelake.publishing.duckdb_file import publish

MB = 1 << 20


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 100 MB of its own."""
    place = tmp_path / "disk"
    place.mkdir()
    if os.getuid() != 0 or _mount("-t", "tmpfs", "-o", "size=100m", "tmpfs", str(place)):
        pytest.skip("needs the right to mount a small disk")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def _mount(*words: str) -> int:
    return subprocess.run(["mount", *words], check=False).returncode


def _left_open(file: Path) -> None:
    """A work file as a build leaves it that could not close it: what it has committed stands beside it."""
    file.parent.mkdir(parents=True)
    code = (
        "import duckdb, os, signal, sys; database = duckdb.connect(sys.argv[1])\n"
        "database.execute('set checkpoint_threshold = \"1TB\"; create table t as select range as n from range(1000000)')\n"
        "database.execute('create schema ops; create table ops.open_gates (kind text, name text, status text)')\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    subprocess.run([sys.executable, "-c", code, str(file)], check=False)
    assert file.with_name(f"{file.name}.wal").stat().st_size > 0


def test_what_closing_the_work_file_could_not_write_is_published_all_the_same(disk: Path, tmp_path: Path) -> None:
    """DuckDB says nothing where it cannot write a file out while it closes it, on a full disk for one: publishing does it,
    or says why not, and never takes it for another build. While another build has the file, it waits for its end."""
    environment = load({"STORELAKE_LAKE": str(disk / "lake"), "STORELAKE_SUBJECT_KEY": SUBJECT_KEY})
    _left_open(runner.work_file(environment))
    filler = disk / "filler"
    about = os.statvfs(disk)
    filler.write_bytes(bytes(about.f_bavail * about.f_frsize))
    with pytest.raises(duckdb.Error) as error:
        publish(environment)
    assert explain(error.value).startswith("The disk is full")
    filler.unlink()
    code = "import duckdb, sys; database = duckdb.connect(sys.argv[1]); print(flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", code, str(runner.work_file(environment))], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdin is not None
        assert other.stdout is not None
        other.stdout.readline()
        with pytest.raises(StorelakeError, match="by another build"):
            publish(environment)
        other.stdin.close()
    with duckdb.connect(str(publish(environment)), read_only=True) as database:
        assert database.sql("select count(*), sum(n) from t").fetchall() == [(1_000_000, 499_999_500_000)]


@pytest.mark.whole
def test_a_build_without_space_publishes_nothing_and_works_again_with_it(
    disk: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """Protects readers and the work file: wherever the space runs out, in statements or while publishing, the last green
    build stays, the error says why, and with space the same command makes what it would have made."""
    if request.config.getoption("--build-kills") <= 5:
        pytest.skip("takes a minute: make faults runs it")
    lake = disk / "lake"
    published, work = lake / "storelake.duckdb", lake / "work" / "storelake.duckdb"
    with launcher(tmp_path / "launcher", lake) as start:
        for phase in (0, 1):
            Files().phase(phase, lake)
            for command in (Files().arguments, ["build"])[: 2 - phase]:
                ended = start.run(lake, *command)
                assert ended.code == 0, ended.output
        before = tables(published)
        filler = disk / "filler"
        for free in (0, MB, work.stat().st_size * 3 // 4):
            about = os.statvfs(disk)
            filler.write_bytes(bytes(max(0, about.f_bavail * about.f_frsize - free)))
            ended = start.run(lake, "build")
            assert ended.code == 1, ended.output
            assert any(words in ended.output for words in ("disk is full", "No space left")), ended.output
            filler.unlink()
            assert tables(published) == before
            assert [path.name for path in lake.glob(".storelake.duckdb.*")] == []
        assert _mount("-o", "remount,ro", str(disk)) == 0
        ended = start.run(lake, "build")
        assert (ended.code, "ead-only" in ended.output) == (1, True), ended.output
        assert _mount("-o", "remount,rw", str(disk)) == 0
        ended = start.run(lake, "build")
        assert ended.code == 0, ended.output
        afterwards = tables(published)
        assert afterwards != before
        work.unlink()
        ended = start.run(lake, "models")
        assert ended.code == 0, ended.output
        assert differences(afterwards, tables(work)) == ""
