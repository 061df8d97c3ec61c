"""An answer over HTTP has one deadline, wherever its server drips."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingestion.extract.http.client import Client, RetryPolicy, TooSlow


def _dripping(head: bytes, drop: bytes) -> Iterator[str]:
    """A server that sends a head, and then drops for ever, each before silence is noticed."""
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                caller, _ = server.accept()
            except OSError:
                return
            threading.Thread(target=drip, args=(caller,), daemon=True).start()

    def drip(caller: socket.socket) -> None:
        with contextlib.suppress(OSError), caller:
            caller.sendall(head)
            while True:
                caller.sendall(drop)
                time.sleep(0.02)

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.getsockname()[1]}/"
    finally:
        server.close()


@pytest.mark.parametrize(
    ("head", "drop"),
    [
        (b"", b"H"),
        (b"HTTP/1.1 200 OK\r\n", b"a"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;", b"x"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 999999\r\n\r\n", b"x"),
    ],
    ids=["status", "headers", "chunk extension", "continue", "body"],
)
def test_an_answer_has_one_deadline(tmp_path: Path, head: bytes, drop: bytes) -> None:
    """Wherever a server drips, a pull of a list and of a feed go on: bytes alone are no progress."""
    for url in _dripping(head, drop):
        client = Client("x", None, RetryPolicy(attempts=1, broken=1, silence=5.0, answer=0.3), 1)
        with pytest.raises(TooSlow):
            client.json(url, {}, bytes)
        with pytest.raises(TooSlow):
            client.download(url, tmp_path / "feed")
        client.close()
