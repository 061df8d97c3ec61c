"""Trino as Athena has it: one node, its three kinds of tables over one Glue."""

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx

from sandbox.aws import children, machine

CATALOG = "awsdatacatalog"
"""Athena's name for Glue; Iceberg and Delta tables in it are found by way of the catalogs behind it."""
ICEBERG = "athena_iceberg"
DELTA = "athena_delta"
_PATIENCE = 300.0


@dataclass(frozen=True)
class Address:
    """Where AWS's services are, as Trino is told."""

    s3: str
    glue: str
    region: str


@contextlib.contextmanager
def running(address: Address, memory: str, variables: Mapping[str, str]) -> Iterator[str]:
    """A Trino that answers at the yielded URL, until the block ends; nothing of it is left behind."""
    java, home = machine.java(variables), machine.trino(variables)
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="storelake-trino-", ignore_cleanup_errors=True) as place:
        folder = Path(place)
        _write_settings(folder, home, address, port)
        words = [
            str(java),
            "-cp",
            f"{home / 'lib'}/*",
            f"-Xmx{memory}",
            "-XX:+UseG1GC",
            # Most of what it runs it runs a few times: code that is made quickly is better than quick code.
            "-XX:TieredStopAtLevel=1",
            "-XX:+ExitOnOutOfMemoryError",
            "-XX:-OmitStackTraceInFastThrow",
            "--enable-native-access=ALL-UNNAMED",
            "--add-modules=jdk.incubator.vector",
            "--sun-misc-unsafe-memory-access=allow",
            "-Djdk.attach.allowAttachSelf=true",
            "-Dfile.encoding=UTF-8",
            "-Duser.timezone=UTC",
            f"-Dconfig={folder / 'etc/config.properties'}",
            f"-Dlog.levels-file={folder / 'etc/log.properties'}",
            "io.trino.server.TrinoServer",
        ]
        with (
            (folder / "trino.log").open("wb") as log,
            children.running(words, folder=folder, log=log) as process,
        ):
            _wait(process, f"http://127.0.0.1:{port}", folder / "trino.log")
            yield f"http://127.0.0.1:{port}"


def free_port() -> int:
    """A port of this machine that nobody listens at."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def _wait(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        if process.poll() is not None:
            break
        with contextlib.suppress(httpx.HTTPError, KeyError, ValueError):
            if not httpx.get(f"{url}/v1/info", timeout=5).json()["starting"]:
                return
        time.sleep(0.3)
    kept = Path(tempfile.gettempdir()) / "storelake-trino.log"
    shutil.copyfile(log, kept)
    raise machine.Missing(f"Trino did not start (exit code {process.poll()}): {kept} says why.")


def _write_settings(folder: Path, home: Path, address: Address, port: int) -> None:
    etc = folder / "etc"
    (etc / "catalog").mkdir(parents=True)
    _write(
        etc / "config.properties",
        {
            "node.environment": "sandbox",
            "node.id": f"storelake-{os.getpid()}",
            "plugin.dir": home / "plugin",
            "catalog.config-dir": etc / "catalog",
            "catalog.management": "static",
            "coordinator": "true",
            "node-scheduler.include-coordinator": "true",
            "http-server.http.port": port,
            "discovery.uri": f"http://127.0.0.1:{port}",
            # Athena counts the partitions of a statement, Trino those of a writer: there is one.
            "task.min-writer-count": 1,
            "task.max-writer-count": 1,
            # As Athena's quota of a statement's runtime has it.
            "query.max-run-time": "30m",
            "query.max-history": 1000,
        },
    )
    _write(etc / "log.properties", {"io.trino": "WARN"})
    files = {
        "fs.native-s3.enabled": "true",
        "s3.endpoint": address.s3,
        "s3.region": address.region,
        "s3.path-style-access": "true",
        "s3.aws-access-key": "sandbox",
        "s3.aws-secret-key": "sandbox",
        "hive.metastore.glue.region": address.region,
        "hive.metastore.glue.endpoint-url": address.glue,
        "hive.metastore.glue.aws-access-key": "sandbox",
        "hive.metastore.glue.aws-secret-key": "sandbox",
    }
    _write(
        etc / "catalog" / f"{CATALOG}.properties",
        {
            "connector.name": "hive",
            "hive.metastore": "glue",
            "hive.iceberg-catalog-name": ICEBERG,
            "hive.delta-lake-catalog-name": DELTA,
            "hive.non-managed-table-writes-enabled": "true",
            "hive.non-managed-table-creates-enabled": "true",
            "hive.parquet.use-column-names": "true",
            "hive.table-statistics-enabled": "false",
            "hive.collect-column-statistics-on-write": "false",
            # Athena's bound on the partitions of one statement.
            "hive.max-partitions-per-writers": 100,
        }
        | files,
    )
    _write(
        etc / "catalog" / f"{ICEBERG}.properties",
        {
            "connector.name": "iceberg",
            "iceberg.catalog.type": "glue",
            "iceberg.hive-catalog-name": CATALOG,
            "iceberg.max-partitions-per-writer": 100,
            # VACUUM may be told any age.
            "iceberg.expire-snapshots.min-retention": "0s",
            "iceberg.remove-orphan-files.min-retention": "0s",
        }
        | files,
    )
    _write(
        etc / "catalog" / f"{DELTA}.properties",
        {
            "connector.name": "delta_lake",
            "hive.metastore": "glue",
            "delta.hive-catalog-name": CATALOG,
            "delta.register-table-procedure.enabled": "true",
            "delta.extended-statistics.enabled": "false",
        }
        | files,
    )


def _write(path: Path, settings: Mapping[str, object]) -> None:
    path.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
