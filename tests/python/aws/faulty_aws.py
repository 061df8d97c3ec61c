"""AWS behind a door that a test can shut: throttling, expired credentials, and answers that get lost on their way."""

import contextlib
import json
import random
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.aws.trino import free_port

_METHODS = ["GET", "HEAD", "PUT", "POST", "DELETE"]
_HOP = {"connection", "keep-alive", "transfer-encoding", "upgrade", "expect", "host"}
SLOW_DOWN = (503, "SlowDown", "Please reduce your request rate.")
THROTTLED = (400, "ThrottlingException", "Rate exceeded")
EXPIRED = (400, "ExpiredToken", "The provided token has expired.")
EXPIRED_ELSEWHERE = (400, "ExpiredTokenException", "The security token included in the request is expired")
_Fault = tuple[int, str, str]


@dataclass
class FaultyAws:
    """Where it answers, and what it does with requests: a test sets `fault`."""

    url: str
    fault: Callable[[str, str], _Fault | None] = lambda method, path: None
    """By method and path, or by `POST` and Athena's or Glue's name of the call; None lets it pass."""
    lost: float = 0.0
    """What part of what is written to S3 is written, and answered by 503."""
    faults: int = 0
    asked: list[tuple[str, str]] = field(default_factory=list)
    chance: random.Random = field(default_factory=lambda: random.Random(6))

    def throttle(self, part: float) -> None:
        """Refuse a part of all requests, each service in its own words."""

        def fault(method: str, path: str) -> _Fault | None:
            if self.chance.random() >= part:
                return None
            return SLOW_DOWN if path.startswith("/") else THROTTLED

        self.fault = fault

    def expire_after(self, number: int, method: str, beginning: str) -> None:
        """Let so many requests of a kind pass; with the next one the credentials are expired, for everything."""
        left = number

        def fault(found: str, path: str) -> _Fault | None:
            nonlocal left
            left -= found == method and path.startswith(beginning)
            return None if left >= 0 else EXPIRED if path.startswith("/") else EXPIRED_ELSEWHERE

        self.fault = fault

    def open(self) -> None:
        """Let everything pass again."""
        self.fault = lambda method, path: None
        self.lost, self.faults = 0.0, 0


@contextlib.contextmanager
def before(aws: str) -> Iterator[FaultyAws]:
    """One before a running AWS."""
    port = free_port()
    found = FaultyAws(f"http://127.0.0.1:{port}")
    client = httpx.AsyncClient(timeout=300, limits=httpx.Limits(max_connections=200))

    async def answer(request: Request) -> Response:
        call = request.headers.get("x-amz-target", "")
        path = call or request.url.path
        found.asked.append((request.method, path))
        body = await request.body()
        if fault := found.fault(request.method, path):
            found.faults += 1
            return _refusal(fault, is_s3=not call)
        said = await _passed_on(request, client, aws, body)
        if request.method == "PUT" and not call and found.chance.random() < found.lost:
            found.faults += 1
            return _refusal(SLOW_DOWN, is_s3=True)
        return said

    app = Starlette(routes=[Route("/{path:path}", answer, methods=_METHODS)])
    server = uvicorn.Server(
        uvicorn.Config(app, host="127.0.0.1", port=port, log_level="critical", lifespan="off", access_log=False)
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        while not server.started and thread.is_alive():
            time.sleep(0.02)
        yield found
    finally:
        server.should_exit = True
        thread.join(10)


def _refusal(fault: _Fault, *, is_s3: bool) -> Response:
    status, code, message = fault
    if is_s3:
        text = f'<?xml version="1.0" encoding="UTF-8"?><Error><Code>{code}</Code><Message>{message}</Message></Error>'
        return Response(text, status, media_type="application/xml")
    return Response(json.dumps({"__type": code, "message": message}), status, media_type="application/x-amz-json-1.1")


async def _passed_on(request: Request, client: httpx.AsyncClient, aws: str, body: bytes) -> Response:
    path = request.scope["raw_path"].decode("ascii")
    query = request.scope["query_string"].decode("ascii")
    headers = [(name, value) for name, value in request.headers.items() if name not in _HOP]
    url = httpx.URL(f"{aws}{path}" + (f"?{query}" if query else ""))
    async with client.stream(request.method, url, headers=headers, content=body) as said:
        response = Response(b"".join([block async for block in said.aiter_raw()]), said.status_code)
        response.raw_headers = [
            (name.lower(), value) for name, value in said.headers.raw if name.lower().decode() not in _HOP
        ]
        return response
