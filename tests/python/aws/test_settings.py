"""How a lake in a bucket is named, and what a machine lacks is said, before anything is started."""

from pathlib import Path

import pytest

from ingestion.environment import load
from ingestion.errors import StorelakeError
from sandbox.aws import machine

KEY = {"STORELAKE_SUBJECT_KEY": "k" * 40}


def test_a_bucket_has_the_tables_and_a_folder_the_rest(tmp_path: Path) -> None:
    """Nothing of the lake's state may land on the disk of a runner that is thrown away."""
    found = load({**KEY, "STORELAKE_ENV": "prod", "STORELAKE_LAKE": "s3://b-1/x/y/", "STORELAKE_FOLDER": str(tmp_path)})
    assert found.bronze("s", "e") == "s3://b-1/x/y/bronze/s__e"
    assert found.ledger("pulls") == "s3://b-1/x/y/ledger/pulls"
    assert found.drop("s", "shop") == tmp_path / "drop" / "s" / "shop"
    assert found.root == "s3://b-1/x/y"


@pytest.mark.parametrize(
    ("variables", "says"),
    [
        ({"STORELAKE_LAKE": "s3://bucket"}, "only prod"),
        ({"STORELAKE_LAKE": "gs://bucket", "STORELAKE_ENV": "prod"}, "s3://bucket"),
        ({"STORELAKE_LAKE": "s3://bucket/a b", "STORELAKE_ENV": "prod"}, "s3://bucket"),
        (
            {"STORELAKE_LAKE": "s3://bucket", "STORELAKE_ENV": "prod", "STORELAKE_FOLDER": "/tmp/[x]"},
            "STORELAKE_FOLDER",
        ),
    ],
)
def test_a_wrong_place_is_named(variables: dict[str, str], says: str) -> None:
    """The variable and what it must be."""
    with pytest.raises(StorelakeError, match=says):
        load(KEY | variables)


def test_what_the_machine_lacks_is_said_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And how to get it: first the Java, then Maven."""
    monkeypatch.setattr(machine, "_JAVA_FOLDERS", (str(tmp_path),))
    with pytest.raises(machine.Missing, match=r"no Java was found: install one .*adoptium"):
        machine.java({"PATH": str(tmp_path)})
    old = tmp_path / "old" / "bin" / "java"
    old.parent.mkdir(parents=True)
    old.write_text("#!/bin/sh\necho 'openjdk version \"17.0.1\"' >&2\n")
    old.chmod(0o755)
    with pytest.raises(machine.Missing, match="only Java 17 was found"):
        machine.java({"PATH": str(tmp_path)})
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    with pytest.raises(machine.Missing, match="apt-get install maven"):
        machine.trino({"PATH": str(tmp_path)})


def test_the_newest_java_is_taken_wherever_it_is(tmp_path: Path) -> None:
    """JAVA_HOME counts first; one that is too old does not end the search."""
    for name, version in (("home", 17), ("path", 25)):
        java = tmp_path / name / "bin" / "java"
        java.parent.mkdir(parents=True)
        java.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}.0.1\"' >&2\n")
        java.chmod(0o755)
    found = machine.java({"JAVA_HOME": str(tmp_path / "home"), "PATH": str(tmp_path / "path" / "bin")})
    assert found == tmp_path / "path" / "bin" / "java"
