"""Answers over HTTP: bounded in time and size, signed, asked for again where that may help, and faults told apart."""

import http.client
import io
import json
import os
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any, TypeVar, cast
from urllib.parse import quote, unquote, urlencode, urlsplit
from urllib.request import getproxies, proxy_bypass

import certifi
import stamina
import urllib3
import urllib3.connection
from oauthlib import oauth1
from stamina.instrumentation import set_on_retry_hooks
from urllib3 import exceptions as faults
from urllib3.util import parse_url

from ingestion import secret_store
from ingestion.environment import Environment
from ingestion.errors import StorelakeError

MAX_BYTES = 512 << 20
MAX_DOWNLOAD = 8 << 30
_RESOURCE = re.compile(r"[A-Za-z0-9_]+::[A-Za-z0-9_]+")
_LIMIT = re.compile(r"Maximum SearchCriteria pageSize is (\d{1,6})")
Parsed = TypeVar("Parsed")
Signer = Callable[[str], str]
"""Makes the header `Authorization` of an address that is asked for."""
_HEADERS = {"Accept": "application/json", "Accept-Encoding": "gzip", "User-Agent": "storelake"}
_CHUNK = 256 << 10
_SHORT = 4 << 20
_OWN_TRUST = {"SSL_CERT_FILE", "SSL_CERT_DIR"}
_GIVE_UP = 64
"""Pages in a row that could not be read by any attempt, after which a pull asks no more; silence counts for many."""
_NO_ROUTE = "Request does not match any route"


@dataclass(frozen=True)
class RetryPolicy:
    """How long and how often a server is asked.

    `broken` counts attempts at an answer that may be broken for good, `alone` those at a single record.
    """

    attempts: int = 8
    broken: int = 4
    alone: int = 5
    wait_initial: float = 0.2
    wait_max: float = 5.0
    longest_wait: float = 60.0
    """A server that asks for a longer pause is asked again by the next run."""
    silence: float = 30.0
    answer: float = 120.0
    """Seconds without a byte, and seconds for a whole answer."""


class Fault(Exception):
    """An answer that cannot be used; its text says why, without anything that the server wrote.

    `again` tells whether asking again may help, `wait` for how long the server wants to be left alone.
    """

    def __init__(self, reason: str, *, again: bool = True, wait: float | None = None) -> None:
        super().__init__(reason)
        self.again = again
        self.wait = wait


class Broken(Fault):
    """What was asked for may hold a record that the server cannot render: asking for less may help."""

    def __init__(self, reason: str, *, again: bool = True, body: str = "") -> None:
        super().__init__(reason, again=again)
        self.body = body


class TooSlow(Fault):
    """What was asked for is too much for the server: a shorter window may help."""


class Unavailable(Fault):
    """The server cannot be reached or is busy: only time helps."""


class NoSuchAddress(StorelakeError):
    """The server has nothing at this address: its list may be one that this source does not have."""


class PageSizeLimit(Fault):
    """The server allows at most `limit` records a page."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"at most {limit} records a page are allowed", again=False)
        self.limit = limit


class _OAuth:
    """OAuth 1.0, HMAC-SHA256, signed anew each time: a nonce that was used before is refused."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        self._client = oauth1.Client(
            fields["consumer_key"],
            client_secret=fields["consumer_secret"],
            resource_owner_key=fields["token"],
            resource_owner_secret=fields["token_secret"],
            signature_method=oauth1.SIGNATURE_HMAC_SHA256,
        )

    def __call__(self, url: str) -> str:
        _, headers, _ = self._client.sign(url, "GET")
        return cast(str, headers["Authorization"])


class _Bearer:
    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, url: str) -> str:
        return f"Bearer {self._token}"


def authentication(environment: Environment, name: str | None) -> Signer | None:
    """OAuth 1.0 where the secret `name` has a consumer, else a bearer token; an error names what the secret lacks."""
    if not name:
        return None
    fields = secret_store.read(environment, name)
    needed = ("consumer_key", "consumer_secret", "token", "token_secret") if "consumer_key" in fields else ("token",)
    if missing := [field for field in needed if field not in fields]:
        raise StorelakeError(f"The secret '{name}' lacks {', '.join(missing)}.")
    if not all(value.isascii() and value.isprintable() for value in fields.values()):
        # What a header cannot hold would stand in the error of whoever writes it.
        raise StorelakeError(f"The secret '{name}' holds characters that no header can hold.")
    return _OAuth(fields) if "consumer_key" in fields else _Bearer(fields["token"])


_deadline: ContextVar[float] = ContextVar("deadline")
"""When the answer to this thread's request must have ended."""


class _Timed(io.RawIOBase):
    """The bytes of a socket, up to a deadline: a timeout of each read alone never ends where a server drips."""

    def __init__(self, sock: socket.socket, raw: io.RawIOBase) -> None:
        self._sock, self._raw = sock, raw
        self._deadline = _deadline.get(None)
        self._silence = sock.gettimeout()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        if self._deadline is not None:
            left = self._deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError("the answer did not end in time")
            self._sock.settimeout(left if self._silence is None else min(left, self._silence))
        return cast("int | None", self._raw.readinto(buffer))

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Response(http.client.HTTPResponse):
    """An answer of which status line, headers and body together have one deadline."""

    def __init__(self, sock: socket.socket, *arguments: Any, **options: Any) -> None:
        super().__init__(sock, *arguments, **options)
        self.fp: Any = io.BufferedReader(_Timed(sock, self.fp.detach()))


class _Connection(urllib3.connection.HTTPConnection):
    response_class = _Response


class _SecureConnection(urllib3.connection.HTTPSConnection):
    response_class = _Response


class _Pool(urllib3.HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


_POOLS = {"http": _Pool, "https": _SecurePool}


@cache
def _trusted() -> ssl.SSLContext:
    """Whom to trust: to read that costs as much as a small pull, and all clients agree on it."""
    return ssl.create_default_context(cafile=None if _OWN_TRUST & os.environ.keys() else certifi.where())


def _pool(url: str, connections: int) -> urllib3.PoolManager:
    """Connections to where an address is, through the proxy that the environment names for it."""
    parts = urlsplit(url)
    proxies = getproxies()
    proxy = None if proxy_bypass(parts.hostname or "") else proxies.get(parts.scheme) or proxies.get("all")
    options: dict[str, Any] = {"maxsize": connections, "block": True, "ssl_context": _trusted(), "retries": False}
    if not proxy:
        manager = urllib3.PoolManager(**options)
        manager.pool_classes_by_scheme = _POOLS
        return manager
    user = parse_url(proxy).auth
    headers = urllib3.make_headers(proxy_basic_auth=unquote(user)) if user else None
    through = urllib3.ProxyManager(proxy, proxy_headers=headers, **options)
    through.pool_classes_by_scheme = _POOLS
    return through


class Client:
    """Asks one source. May be used by several threads at once."""

    def __init__(self, name: str, sign: Signer | None, retry_policy: RetryPolicy, connections: int) -> None:
        # Its own hook would print each retry, with the error's text.
        set_on_retry_hooks([])
        self.name = name
        self.requests = self.retries = self._in_vain = 0
        self._last_fault = ""
        self._patience = retry_policy
        self._lock = threading.Lock()
        self._sign = sign
        self._timeout = urllib3.Timeout(connect=min(10.0, retry_policy.silence), read=retry_policy.silence)
        self._connections = connections
        self._http: urllib3.PoolManager | None = None

    def close(self) -> None:
        """Close the connections."""
        if self._http is not None:
            self._http.clear()

    @property
    def attempts_alone(self) -> int:
        """How often a record that stands alone is asked for before it is given up."""
        return self._patience.alone

    def json(
        self, url: str, parameters: Mapping[str, str], parse: Callable[[bytes], Parsed], *, broken: int | None = None
    ) -> tuple[Parsed, datetime | None]:
        """What `parse` makes of an answer that says that it is JSON, and its time by the sender's clock.

        `parse` raises Broken where it cannot. Raises Fault after all attempts, and StorelakeError where no request
        to this source can succeed.
        """
        if self._in_vain >= _GIVE_UP:
            raise Unavailable(
                f"the server was not asked any more, since nothing of it could be read for long: {self._last_fault}"
            )
        try:
            parsed = self._json(url, parameters, parse, broken or self._patience.broken)
        except PageSizeLimit:
            raise
        except Fault as fault:
            self._in_vain += 1 if isinstance(fault, Broken) else _GIVE_UP // 4
            self._last_fault = str(fault)
            raise
        self._in_vain = 0
        return parsed

    def _json(
        self, url: str, parameters: Mapping[str, str], parse: Callable[[bytes], Parsed], broken: int
    ) -> tuple[Parsed, datetime | None]:
        for attempt in self._attempts(broken):
            with attempt, self.stream(url, parameters) as (response, chunks):
                body = _joined(chunks)
                if "json" not in response.headers.get("content-type", ""):
                    raise Broken("the answer is no JSON, but perhaps a page of a firewall")
                return parse(body), _said_at(response)
        raise AssertionError

    def download(self, url: str, target: Path) -> datetime | None:
        """The body of an answer as a file, whole; its time by the sender's clock. Raises Fault after all attempts."""
        for attempt in self._attempts(self._patience.broken):
            with attempt, self.stream(url, limit=MAX_DOWNLOAD) as (response, chunks), target.open("wb") as file:
                for chunk in chunks:
                    file.write(chunk)
                return _said_at(response)
        raise AssertionError

    @contextmanager
    def stream(
        self, url: str, parameters: Mapping[str, str] | None = None, limit: int = MAX_BYTES
    ) -> Iterator[tuple[urllib3.BaseHTTPResponse, Iterator[bytes]]]:
        """One attempt: the answer and its body, piece by piece."""
        if parameters:
            url = f"{url}?{urlencode(parameters, quote_via=quote)}"
        with self._lock:
            self.requests += 1
            self._http = self._http or _pool(url, self._connections)
        deadline = time.monotonic() + self._patience.answer
        _deadline.set(deadline)
        headers = _HEADERS | ({"Authorization": self._sign(url)} if self._sign else {})
        try:
            response = self._http.request(
                "GET", url, headers=headers, timeout=self._timeout, redirect=False, preload_content=False
            )
            try:
                if response.status != HTTPStatus.OK:
                    raise self._fault(response, b"".join(_bounded(response, deadline, 1 << 20)))
                yield response, _bounded(response, deadline, limit)
            finally:
                # What was not read to its end goes on coming, so that its connection is of no more use.
                response.close()
                response.release_conn()
        except faults.NewConnectionError as error:
            raise Unavailable("the server cannot be reached") from error
        except faults.TimeoutError as error:
            raise TooSlow("the server did not answer in time") from error
        except faults.DecodeError as error:
            raise Broken("the answer is compressed wrongly") from error
        except faults.ProtocolError as error:
            raise Broken("the connection was cut in the middle of the answer") from error
        except faults.HTTPError as error:
            raise Unavailable("the server cannot be reached") from error

    def _attempts(self, broken: int) -> Iterable[stamina.Attempt]:
        retry_policy = self._patience
        failures = 0

        def again(error: Exception) -> bool | float:
            nonlocal failures
            if not isinstance(error, Fault) or not error.again:
                return False
            failures += 1
            if isinstance(error, (Broken, TooSlow)) and failures >= broken:
                return False
            if error.wait is not None and error.wait > retry_policy.longest_wait:
                return False
            with self._lock:
                self.retries += 1
            return error.wait if error.wait is not None else True

        return stamina.retry_context(
            on=again,
            attempts=retry_policy.attempts,
            timeout=None,
            wait_initial=retry_policy.wait_initial,
            wait_max=retry_policy.wait_max,
            wait_jitter=retry_policy.wait_initial,
        )

    def _fault(self, response: urllib3.BaseHTTPResponse, body: bytes) -> Exception:
        message, resources = _message(body)
        status = response.status
        match status:
            case 400 if limit := _LIMIT.search(message):
                return PageSizeLimit(int(limit[1]))
            case 401 | 403:
                lacking = f" It lacks the right to {resources}." if resources else ""
                return StorelakeError(f"{self.name} refuses the credentials (HTTP {status}).{lacking}")
            case 404 if _NO_ROUTE in message:
                return NoSuchAddress(f"{self.name} has no such address (HTTP 404): check its url and store code.")
            case 404:
                return Broken("HTTP 404", again=False)
            case 429:
                return Unavailable("the server has had too many requests (HTTP 429)", wait=_retry_after(response))
            case 503:
                return Unavailable("the server is in maintenance (HTTP 503)", wait=_retry_after(response))
            case 408 | 504:
                return TooSlow(f"the server took too long (HTTP {status})")
            case _ if status >= 500:
                return Broken(f"HTTP {status}")
            case _ if 300 <= status < 400:
                return StorelakeError(f"{self.name} sends us elsewhere (HTTP {status}): correct its url.")
        return StorelakeError(f"{self.name} does not understand the request (HTTP {status}).")


def _bounded(response: urllib3.BaseHTTPResponse, deadline: float, limit: int) -> Iterator[bytes]:
    total = 0
    # What is there, and not as much as was asked for: a server that drips would be waited for beyond the deadline.
    while chunk := response.read1(_CHUNK):
        total += len(chunk)
        if total > limit:
            raise TooSlow(f"the answer is larger than {limit >> 20} MB", again=False)
        if time.monotonic() > deadline:
            raise TooSlow("the server did not end its answer in time")
        yield chunk


def _joined(chunks: Iterable[bytes]) -> bytes:
    """The same in one piece. For a moment that takes its size twice only where it is short, and one that breaks off is
    given back at once, whoever still holds the error."""
    pieces: list[bytes] = []
    size = 0
    try:
        for chunk in chunks:
            pieces.append(chunk)
            size += len(chunk)
            if size > _SHORT:
                break
        else:
            return b"".join(pieces)
        with io.BytesIO() as joined:
            joined.writelines(pieces)
            pieces.clear()
            joined.writelines(chunks)
            return joined.getvalue()
    finally:
        pieces.clear()


def _message(body: bytes) -> tuple[str, str | None]:
    """Magento's message and, of its parameters, the name of the right that lacks: nothing else of it is repeated."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return "", None
    if not isinstance(said, dict):
        return "", None
    parameters = said.get("parameters")
    resources = parameters.get("resources") if isinstance(parameters, dict) else None
    is_name = isinstance(resources, str) and _RESOURCE.fullmatch(resources)
    return str(said.get("message", "")), cast(str, resources) if is_name else None


def _retry_after(response: urllib3.BaseHTTPResponse) -> float | None:
    text = response.headers.get("retry-after", "")
    if text.isascii() and text.isdigit():
        return float(text[:9])
    moment = _moment(text)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds()) if moment else None


def _said_at(response: urllib3.BaseHTTPResponse) -> datetime | None:
    """When the sender made the answer, by its own clock; None where it does not tell."""
    return _moment(response.headers.get("date", ""))


def _moment(text: str) -> datetime | None:
    """The UTC time that a header holds."""
    try:
        moment = parsedate_to_datetime(text)
        # A zone of -0000 comes as none, and means UTC.
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (TypeError, ValueError, OverflowError):
        return None
