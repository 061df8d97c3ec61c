"""A tiny shop with Magento's search over real HTTP, whose every answer a test can spoil."""

import gzip
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

Spoil = Callable[["Request"], "Reply | None"]


class Request:
    """What was asked."""

    def __init__(self, path: str, headers: dict[str, str], number: int) -> None:
        split = urlsplit(path)
        self.path, self.headers, self.number = split.path, headers, number
        self.url = path
        self.query = {name: values[0] for name, values in parse_qs(split.query).items()}

    @property
    def entity(self) -> str:
        """The end of the path, behind the version."""
        return self.path.split("/V1/")[1]

    @property
    def page(self) -> tuple[int, int]:
        """Current page and page size."""
        return int(self.query["searchCriteria[currentPage]"]), int(self.query["searchCriteria[pageSize]"])


class Reply:
    """What is answered; `cut` sends only so many bytes of it, and closes."""

    def __init__(
        self, status: int, body: bytes | str, kind: str = "application/json", cut: int | None = None, **headers: str
    ) -> None:
        self.status = status
        self.body = body.encode() if isinstance(body, str) else body
        self.kind = kind
        self.cut = cut
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


class Shop:
    """Records by list (`orders`), as JSON texts or as objects; sorted, filtered and paged as a shop does."""

    def __init__(self) -> None:
        self.url = ""
        self.lists: dict[str, list[dict[str, Any]]] = {}
        self.raw: dict[int, str] = {}
        """The text of a record by its entity_id, where it is not what json.dumps would write."""
        self.repeats_last_page = False
        self.max_page_size: int | None = None
        self.silent_page_size: int | None = None
        self.broken: set[int] = set()
        self.broken_reply = Reply(404, '{"message":"The entity that was requested doesn\'t exist."}')
        self.spoil: list[Spoil] = []
        self.requests: list[Request] = []
        self.allowed: Callable[[Request], bool] = lambda request: True
        self._lock = threading.Lock()

    def answer(self, request: Request) -> Reply:
        """The reply to a request, spoilt by whoever wants to."""
        with self._lock:
            self.requests.append(request)
        for spoil in list(self.spoil):
            reply = spoil(request)
            if reply is not None:
                return reply
        if not self.allowed(request):
            return Reply(
                401,
                json.dumps(
                    {
                        "message": "The consumer isn't authorized to access %resources.",
                        "parameters": {"resources": "Magento_Sales::actions_view"},
                    }
                ),
            )
        return self.listed(request)

    def listed(self, request: Request) -> Reply:
        """The page that was asked for."""
        if request.entity not in self.lists:
            return Reply(404, '{"message":"Request does not match any route."}')
        rows = self.lists[request.entity]
        if not any(name.startswith("searchCriteria") for name in request.query):
            return Reply(200, json.dumps(rows))
        rows = [row for row in rows if _matches(row, request.query)]
        for name, direction in reversed(list(_sorts(request.query))):
            rows = sorted(rows, key=lambda row: row.get(name), reverse=direction == "DESC")
        page, size = request.page
        if self.max_page_size and size > self.max_page_size:
            return Reply(400, json.dumps({"message": f"Maximum SearchCriteria pageSize is {self.max_page_size}"}))
        size = min(size, self.silent_page_size or size)
        total = len(rows)
        if self.repeats_last_page and (page - 1) * size >= total and total:
            page = (total - 1) // size + 1
        rows = rows[(page - 1) * size : page * size]
        if any(row.get("entity_id", row.get("id")) in self.broken for row in rows):
            return self.broken_reply
        items = ",".join(self.text(row) for row in rows)
        return Reply(200, f'{{"items":[{items}],"search_criteria":{{}},"total_count":{total}}}')

    def text(self, row: dict[str, Any]) -> str:
        """A record as it is sent."""
        return self.raw.get(row.get("entity_id", 0)) or json.dumps(row, separators=(",", ":"))


def _matches(row: dict[str, Any], query: dict[str, str]) -> bool:
    group = 0
    while (name := f"searchCriteria[filter_groups][{group}][filters][0]") + "[field]" in query:
        field, kind, value = (query[f"{name}[{part}]"] for part in ("field", "condition_type", "value"))
        held = str(row[field])
        if not {
            "gteq": held >= value,
            "lt": held < value,
            "in": held in value.split(","),
        }[kind]:
            return False
        group += 1
    return True


def _sorts(query: dict[str, str]) -> Iterator[tuple[str, str]]:
    place = 0
    while (name := f"searchCriteria[sortOrders][{place}]") + "[field]" in query:
        yield query[f"{name}[field]"], query[f"{name}[direction]"]
        place += 1


@contextmanager
def serving(shop: Shop) -> Iterator[Shop]:
    """The shop on a free port of this machine."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            reply = shop.answer(Request(self.path, headers, len(shop.requests)))
            body = reply.body
            self.send_response(reply.status)
            self.send_header("Content-Type", reply.kind)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            if "gzip" in headers.get("accept-encoding", "") and "Content-Encoding" not in reply.headers:
                body = gzip.compress(body, 1)
                self.send_header("Content-Encoding", "gzip")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if reply.cut is not None:
                self.wfile.write(body[: reply.cut])
                self.close_connection = True
                return
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            pass

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    shop.url = f"http://127.0.0.1:{server.server_port}/magento/de"
    try:
        yield shop
    finally:
        server.shutdown()
        server.server_close()
