"""The turn on a lake in a bucket, which machines share: held by writing its number, given back, or lost by silence.

Each turn is an object of its own, `turn/<number>.json`. Only one of all who want the next number can write it
(`If-None-Match`); it is written again every few seconds while its holder lives. Who waits needs no clock of anybody
else: what has not changed for `SILENCE` seconds while it was looked at is nobody's any more.
"""

import json
import os
import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from ingestion import times
from ingestion.environment import Environment
from ingestion.errors import StorelakeError
from ingestion.lake import bucket
from storelake.locking.wait_limit import WaitLimit

SILENCE = 120.0
"""How long a holder may say nothing: several times `RENEWAL`, and what one call to S3 can take."""
RENEWAL = 15.0
_PAUSE = 1.0


@contextmanager
def held(environment: Environment, patience: WaitLimit, lost: Callable[[], None]) -> Iterator[None]:
    """Hold the turn; wait with `patience` for who holds it. `lost` is called if another one takes it away.

    Whoever calls this holds the folder's own lock: a turn of the same folder is that of a process which is gone.
    """
    number = _take(environment, patience)
    mine = _said(environment, is_over=False)
    is_over = threading.Event()

    def renew() -> None:
        while not is_over.wait(RENEWAL):
            # What cannot be asked now may be asked the next time.
            with suppress(StorelakeError):
                if _newest(environment) != number:
                    lost()
                    return
                _write(environment, number, mine)

    thread = threading.Thread(target=renew, name="turn", daemon=True)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()
        # A turn that cannot be given back falls silent; what the build came to is not hidden by that.
        with suppress(StorelakeError):
            if _newest(environment) == number:
                _write(environment, number, _said(environment, is_over=True))


def _take(environment: Environment, patience: WaitLimit) -> int:
    snapshot_at: tuple[int, str] | None = None
    since = 0.0
    while True:
        newest = _newest(environment)
        said = _read(environment, newest) if newest else {"is_over": True}
        is_free = said.get("is_over") or said.get("folder") == _folder(environment)
        if (newest, said.get("renewed", "")) != snapshot_at:
            snapshot_at, since = (newest, said.get("renewed", "")), time.monotonic()
        if is_free or time.monotonic() - since > SILENCE:
            mine = json.dumps(_said(environment, is_over=False)).encode()
            if bucket.write_new(_uri(environment, newest + 1), mine):
                _forget(environment, newest + 1)
                return newest + 1
            continue
        patience.wait(f"process {said.get('process')} on {said.get('host')}", _PAUSE)


def _newest(environment: Environment) -> int:
    return max((_number(one.uri) for one in bucket.objects(_room(environment))), default=0)


def _forget(environment: Environment, until: int) -> None:
    """Remove the turns before one's own; the newest always stays, so that no number is given twice."""
    bucket.delete(one.uri for one in bucket.objects(_room(environment)) if _number(one.uri) < until)


def _read(environment: Environment, number: int) -> dict[str, Any]:
    uri = _uri(environment, number)
    try:
        said = json.loads(bucket.read(uri))
    except ValueError:
        return {}
    except StorelakeError:
        # Whoever took the next turn has removed it.
        if bucket.has(uri):
            raise
        return {}
    return said if isinstance(said, dict) else {}


def _write(environment: Environment, number: int, said: dict[str, Any]) -> None:
    told = {**said, "renewed": f"{times.now().isoformat()} {secrets.token_hex(4)}"}
    bucket.write(_uri(environment, number), json.dumps(told).encode())


def _said(environment: Environment, *, is_over: bool) -> dict[str, Any]:
    return {
        "host": socket.gethostname(),
        "process": os.getpid(),
        "folder": _folder(environment),
        "since": times.now().isoformat(),
        "is_over": is_over,
    }


def _folder(environment: Environment) -> str:
    """What tells a machine's folder from all others: two containers may have one name and one path."""
    path = environment.work / "identity"
    with suppress(FileNotFoundError):
        return path.read_text()
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(f".{secrets.token_hex(4)}")
    partial.write_text(secrets.token_hex(16))
    partial.replace(path)
    return path.read_text()


def _number(uri: str) -> int:
    return int(uri.rsplit("/", 1)[1].removesuffix(".json"))


def _room(environment: Environment) -> str:
    return f"{environment.root}/turn"


def _uri(environment: Environment, number: int) -> str:
    return f"{_room(environment)}/{number:08}.json"
