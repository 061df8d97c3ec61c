"""What the machine must have: a Java that runs Trino, and Trino itself, which Maven fetches once."""

import os
import re
import shutil
import subprocess
import tarfile
from collections.abc import Iterator, Mapping
from pathlib import Path

TRINO = "476"
"""The version; the last one whose server is on Maven Central."""
JAVA = 24
"""The least version of Java that it runs on."""
_ARTIFACT = f"io.trino:trino-server:{TRINO}:tar.gz"
_PLUGINS = ("hive", "iceberg", "delta-lake")
_JAVA_FOLDERS = ("/usr/lib/jvm", "/usr/java", "/opt", "/Library/Java/JavaVirtualMachines")


class Missing(Exception):
    """Something that the machine lacks; the text says what, and how to get it, in one line."""


def java(variables: Mapping[str, str]) -> Path:
    """A Java that is new enough: the one that JAVA_HOME names, the one on the path, or one where systems put them."""
    tried = []
    for candidate in _javas(variables):
        if candidate.is_file():
            version = _java_version(candidate)
            if version >= JAVA:
                return candidate
            tried.append(str(version or "?"))
    found = f"only Java {', '.join(dict.fromkeys(tried))} was found" if tried else "no Java was found"
    raise Missing(
        f"Trino needs a JDK of version {JAVA} or newer, and {found}: install one "
        f"(apt-get install temurin-25-jdk, or from https://adoptium.net) or name it in JAVA_HOME."
    )


def trino(variables: Mapping[str, str]) -> Path:
    """The folder of an unpacked Trino server; it is fetched (0.8 GB) and unpacked at the first call."""
    folder = _unpacked(variables)
    if not folder.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        _unpack(_archive(variables), folder)
    return folder


def needs_trino(variables: Mapping[str, str]) -> str | None:
    """Why Trino cannot run here without fetching anything, or None: what tests skip by."""
    try:
        java(variables)
    except Missing as missing:
        return str(missing)
    if _unpacked(variables).is_dir() or _in_maven().is_file():
        return None
    return f"Trino {TRINO} is not here: `python -m sandbox.aws --fetch` and `storelake sandbox aws` fetch it."


def _javas(variables: Mapping[str, str]) -> Iterator[Path]:
    if home := variables.get("JAVA_HOME"):
        yield Path(home) / "bin" / "java"
    if on_path := shutil.which("java", path=variables.get("PATH")):
        yield Path(on_path)
    for folder in _JAVA_FOLDERS:
        yield from sorted(Path(folder).glob("*/bin/java"), reverse=True)
        yield from sorted(Path(folder).glob("*/Contents/Home/bin/java"), reverse=True)


def _java_version(path: Path) -> int:
    try:
        said = subprocess.run([path, "-version"], capture_output=True, text=True, timeout=30, check=False).stderr
    except (OSError, subprocess.TimeoutExpired):
        return 0
    found = re.search(r'version "(\d+)', said)
    return int(found[1]) if found else 0


def _unpacked(variables: Mapping[str, str]) -> Path:
    cache = Path(variables.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "storelake" / f"trino-server-{TRINO}"


def _in_maven() -> Path:
    return Path.home() / ".m2/repository/io/trino/trino-server" / TRINO / f"trino-server-{TRINO}.tar.gz"


def _archive(variables: Mapping[str, str]) -> Path:
    archive = _in_maven()
    if archive.is_file():
        return archive
    maven = shutil.which("mvn", path=variables.get("PATH"))
    if maven is None:
        raise Missing(
            f"Trino {TRINO} is not here and Maven, which fetches it, is missing: install it (apt-get install maven)."
        )
    words = [maven, "-q", "-B", "dependency:get", f"-Dartifact={_ARTIFACT}", "-Dtransitive=false"]
    done = subprocess.run(
        [*words, f"-Dmaven.repo.local={Path.home() / '.m2/repository'}"], capture_output=True, text=True, check=False
    )
    if done.returncode or not archive.is_file():
        raise Missing(f"Maven could not fetch {_ARTIFACT} (exit code {done.returncode}): try `{' '.join(words[1:])}`.")
    return archive


def _unpack(archive: Path, folder: Path) -> None:
    """The server with the plugins that Athena's tables need: all else is left in the archive. All of it or nothing."""
    partial = folder.with_name(f"{folder.name}.{os.getpid()}.partial")
    try:
        with tarfile.open(archive) as tar:
            members = tar.getmembers()
            root = members[0].name.split("/")[0]
            kept = (f"{root}/lib", *(f"{root}/plugin/{plugin}" for plugin in _PLUGINS))
            wanted = {member.name for member in members if member.name.startswith(kept)}
            # A jar that several plugins share is there once; the others are links to it.
            wanted |= {member.linkname for member in members if member.islnk() and member.name in wanted}
            tar.extractall(partial, [member for member in members if member.name in wanted], filter="data")
        for plugin in (partial / root / "plugin").iterdir():
            if plugin.name not in _PLUGINS:
                shutil.rmtree(plugin)
        (partial / root).rename(folder)
    except OSError:
        if not folder.is_dir():
            raise
    finally:
        shutil.rmtree(partial, ignore_errors=True)
