"""What goes wrong, by a plan: the same seed and the same questions meet the same faults.

| scenario  | plays                                                                                             |
|-----------|---------------------------------------------------------------------------------------------------|
| `none`    | nothing                                                                                           |
| `flaky`   | what passes when it is asked again, at most twice for one question; fields never seen before      |
| `hostile` | that, and what does not pass: orders that break their page, a week that never comes, a right that |
|           | is missing, a path that is not there, fields of another type, a feed with a DOCTYPE               |
"""

import html
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from itertools import islice
from random import Random
from typing import Any

import orjson
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from sandbox.draw import FAULTS, chance
from sandbox.times import DAY, seconds
from sandbox.world import Installation, World

SCENARIOS = ("none", "flaky", "hostile")
LOST_PATHS = {("us", "customers/search"): 401, ("gb", "inventory/source-items"): 404}
"""In `hostile`, what one installation refuses altogether."""
LOST_FEED = "atom"
"""In `hostile`, the feed that has a DOCTYPE."""
_LATE_SOURCE = "gb"
_FIRST_TRY, _SECOND_TRY = 0.2, 0.08
_ODD_TYPE, _NEW_FIELD = 17, 13
"""Each so manieth order has a field of another type, or one never seen before."""
_DOCTYPE = b'<!DOCTYPE feed [<!ENTITY who "somebody">]>\n'


class Cut(Response):
    """An answer whose connection ends in the middle of its body."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Promise everything, send half."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": self.body[: len(self.body) // 2], "more_body": True})


def _page(title: str, status: int, **headers: str) -> Response:
    text = (
        f"<!DOCTYPE html><html><head><title>{html.escape(title)}</title></head><body>{html.escape(title)}</body></html>"
    )
    return Response(text, status, headers=headers, media_type="text/html")


def _error(message: str, status: int, **headers: str) -> Response:
    return Response(orjson.dumps({"message": message}), status, headers=headers, media_type="application/json")


def internal_error(number: int) -> Response:
    """What Magento says of an exception that it does not show."""
    return _error(f"Internal Error. Details are available in Magento log file. Report ID: webapi-{number:013x}", 500)


def no_route() -> Response:
    """What Magento says to a path that it does not know."""
    return _error("Request does not match any route.", 404)


PASSING = (
    "too_many",
    "too_many_for_now",
    "internal_error",
    "maintenance",
    "gateway_timeout",
    "firewall_page",
    "cut",
)
"""The faults that a second or third try gets past."""


def _play(name: str, truth: Response, random: Random) -> Response:
    match name:
        case "too_many":
            return _error("Too many requests.", 429)
        case "too_many_for_now":
            return _error("Too many requests.", 429, **{"Retry-After": "1"})
        case "internal_error":
            return internal_error(random.getrandbits(52))
        case "maintenance":
            return _page("Service Temporarily Unavailable", 503)
        case "gateway_timeout":
            return _page("504 Gateway Time-out", 504)
        case "firewall_page":
            return _page("Checking your browser before you access the shop", 200)
        case _:
            return Cut(bytes(truth.body), truth.status_code, media_type="application/json")


class Faults:
    """The plan of one sandbox. A question's tries are counted until the clock or the scenario changes."""

    def __init__(self, world: World, scenario: str = "none") -> None:
        """In force from the start."""
        self._world = world
        self._broken = {one.shop.source: broken_orders(world.seed, one) for one in world.installations}
        self._tries: Counter[Any] = Counter()
        self.played: Counter[str] = Counter()
        self.switch(scenario)

    def switch(self, scenario: str) -> None:
        """Play another scenario from now on."""
        if scenario not in SCENARIOS:
            raise ValueError(f"a scenario is one of {', '.join(SCENARIOS)}")
        self.scenario = scenario
        self.forget()

    def forget(self) -> None:
        """Count tries anew."""
        self._tries.clear()

    def _passing(self, question: tuple[str, ...]) -> tuple[str, Random] | None:
        """The fault that this try of a question meets, if it is one that passes."""
        self._tries[question] += 1
        attempt = self._tries[question]
        random = Random(f"{self._world.seed}/{attempt}/{'/'.join(question)}")
        if self.scenario == "none" or random.random() >= (0, _FIRST_TRY, _SECOND_TRY, *[0] * 99)[min(attempt, 3)]:
            return None
        name = PASSING[random.randrange(len(PASSING))]
        self.played[name] += 1
        return name, random

    def disturb(self, source: str, path: str, query: Sequence[tuple[str, str]], truth: Response) -> Response:
        """The answer that is given in place of the true one, or that one."""
        if self.scenario == "hostile" and (status := LOST_PATHS.get((source, path))):
            self.played[f"lost_{status}"] += 1
            if status == 404:
                return no_route()
            return Response(
                orjson.dumps(
                    {
                        "message": "The consumer isn't authorized to access %resources.",
                        "parameters": {"resources": "Magento_Customer::customer"},
                    }
                ),
                401,
                media_type="application/json",
            )
        fault = self._passing((source, path, *(f"{name}={value}" for name, value in sorted(query))))
        return _play(fault[0], truth, fault[1]) if fault else truth

    def refusal(self, source: str, keys: Sequence[int], updated: Sequence[int]) -> Response | None:
        """The answer to a page of orders that cannot be had, in `hostile`."""
        if self.scenario != "hostile":
            return None
        first, last = late_week(self._world.seed)
        if source == _LATE_SOURCE and any(first <= moment < last for moment in updated):
            self.played["late_week"] += 1
            return _page("504 Gateway Time-out", 504)
        broken = next((key for key in keys if key in self._broken[source]), None)
        if broken is None:
            return None
        self.played["broken_order"] += 1
        if broken % 2:
            return internal_error(broken)
        return _error("The entity that was requested doesn't exist. Verify the entity and try again.", 404)

    def alter(self, key: int, document: bytes) -> bytes:
        """An order's document with the fields that nobody expects; the same order always has the same."""
        is_odd = self.scenario == "hostile" and key % _ODD_TYPE == 0
        if self.scenario == "none" or not (is_odd or key % _NEW_FIELD == 0):
            return document
        order = orjson.loads(document)
        if key % _NEW_FIELD == 0:
            order["gift_registry"] = {"id": key, "tags": ["new", None]}
        if is_odd:
            order["grand_total"] = f"{order['grand_total']:.4f}"
            order["customer_group_id"] = str(order["customer_group_id"])
            order["payment"]["additional_information"] = dict(
                enumerate_text(order["payment"]["additional_information"])
            )
        return orjson.dumps(order)

    async def feed(self, name: str, pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
        """A feed's pieces, with what goes wrong in them."""
        self._tries["feed", name] += 1
        attempt = self._tries["feed", name]
        if self.scenario == "hostile" and name == LOST_FEED:
            self.played["doctype"] += 1
            first = next(pieces)
            head, _, rest = first.partition(b"\n")
            yield head + b"\n" + _DOCTYPE + rest
        if self.scenario != "none" and attempt == 1:
            self.played["feed_cut"] += 1
            for piece in islice(pieces, 2):
                yield piece[: len(piece) * 2 // 3]
            raise ConnectionAbortedError("the feed breaks off, as planned")
        if self.scenario == "hostile" and attempt == 2:
            self.played["feed_short"] += 1
            for piece in islice(pieces, 2):
                yield piece[: len(piece) * 2 // 3]
            return
        for piece in pieces:
            yield piece


def enumerate_text(values: list[Any]) -> Iterator[tuple[str, Any]]:
    """A list as PHP writes it once it has a gap: an object with numbers as names."""
    return ((str(place), value) for place, value in enumerate(values))


def broken_orders(seed: int, installation: Installation) -> frozenset[int]:
    """The orders that break each page they are on, in `hostile`: one of a hundred and fifty, at least one a shop."""
    random = chance(seed, FAULTS, installation.shop.number)
    count = max(1, installation.orders // 150)
    return frozenset(1 + random.randrange(installation.orders) for _ in range(count))


def late_week(seed: int) -> tuple[int, int]:
    """(from, until) of the week whose orders one installation never answers, in `hostile`."""
    first = seconds("2025-06-02") + chance(seed, FAULTS, 99).randrange(26) * 7 * DAY
    return first, first + 7 * DAY


def lost_orders(world: World, now: int) -> dict[str, dict[int, str]]:
    """By source, the orders that `hostile` keeps from everybody at `now`, and why."""
    first, last = late_week(world.seed)
    found: dict[str, dict[int, str]] = {}
    for installation in world.installations:
        source = installation.shop.source
        found[source] = dict.fromkeys(sorted(broken_orders(world.seed, installation)), "broken_order")
        if source == _LATE_SOURCE:
            for number, placed in enumerate(installation.writer.times):
                if placed >= last or placed > now:
                    break
                order = installation.writer.order(number)
                if first <= max(event.moment for event in order.events if event.moment <= now) < last:
                    found[source][order.order_id] = "late_week"
    return found
